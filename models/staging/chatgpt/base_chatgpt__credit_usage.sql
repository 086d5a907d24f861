{{ config(materialized='table') }}

{%- set columns = [
    'date_partition', 'usage_type', 'usage_credits', 'usage_quantity', 'usage_units',
] %}
{%- set people = ['account_id', 'account_user_id', 'email', 'public_id'] %}

with lines as (
    select * from {{ source('chatgpt', 'credit_usage') }}
),

csv as (
    {{ csv_records('lines') }}
),

files as (
    {{ csv_files('csv', {'credit usage': {'needed': columns, 'known': people + ['name']}}) }}
),

texts as (
    {{ texts_of_known_files('csv', columns + people) }}
),

-- api.[codex_fast_]<model>_<modality>_<direction>_v_1 for tokens, other words for things counted.
typed as (
    select
        *,
        coalesce(account_id_text, account_folder) as account_id,
        if(
            regexp_matches(date_partition_text, '^20\d\d-\d\d-\d\d([T ]|$)'),
            try_cast(left(date_partition_text, 10) as date),
            null
        ) as used_on,
        try_cast(usage_credits_text as {{ quantity_type() }}) as credits,
        try_cast(usage_quantity_text as {{ quantity_type() }}) as quantity,
        lower(usage_units_text) as unit,
        regexp_extract(
            lower(usage_type_text),
            '^api[.](codex_fast_|codex_)?(.+)_(text|audio|image)_'
            || '(cached_input|cache_write_input|input|output)_v_[0-9]+$',
            ['agent', 'model', 'modality', 'direction']
        ) as words
    from texts
),

checked as (
    select
        *,
        unit in ('token', 'tokens') as is_tokens,
        case
            when csv_problem is not null then csv_problem
            when used_on is null then 'no readable date_partition (YYYY-MM-DD)'
            when usage_type_text is null then 'no usage_type'
            when credits is null
                then
                    'unreadable usage_credits'
                    || {{ refused_number('usage_credits_text', '10^12') }}
            when quantity is null
                then
                    'unreadable usage_quantity'
                    || {{ refused_number('usage_quantity_text', '10^12') }}
            when unit is null then 'no usage_units'
            when least(credits, quantity) < 0
                then 'negative credits: an adjustment belongs to no use'
            when greatest(credits, quantity) >= 1000000000000
                then
                    'count out of range'
                    || {{ refused_number(
                        'cast(greatest(credits, quantity) as varchar)', '10^12'
                    ) }}
        end as refusal,
        if(
            csv_problem is null,
            md5(cast(to_json([
                date_partition_text, account_id_text, account_user_id_text, email_text,
                public_id_text, usage_type_text, usage_credits_text, usage_quantity_text,
                usage_units_text
            ]) as varchar)),
            null
        ) as fingerprint
    from typed
),

-- A day that is delivered again is replaced as a whole; equal rows of one delivery all count.
stated as (
    select
        *,
        (source_dataset, account_id) as scope,
        source_file as statement,
        delivery_rank as statement_order,
        source_file || chr(10) || coalesce(account_id, '') as named_by,
        true as has_all_pages,
        [''] as part,
        used_on as stated_on,
        {{ named_days('source_file', 'delivered_on') }} as named_days,
        named_days[1] as stated_first,
        named_days[2] as stated_last,
        refusal is null as is_stated,
        true as is_row,
        credits as cell_amount,
        'credits' as cell_currency
    from checked
),

compared as (
    {{ with_delivery_cells('stated', keeps_start=false) }}
),

metered as (
    select
        *,
        case
            when not is_tokens or not quantity > 0 then null
            when words.direction = '' then 'unclassified_tokens'
            when words.direction = 'cache_write_input' and words.modality = 'text'
                then 'cache_write_5m_tokens'
            when words.direction = 'cache_write_input' then 'unclassified_tokens'
            else
                replace(words.direction, 'cached_input', 'cache_read')
                || if(words.modality = 'text', '', '_' || words.modality) || '_tokens'
        end as token_meter
    from compared
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        coalesce(
            fingerprint || '#' || row_number() over (
                partition by source_file, fingerprint order by source_line
            ),
            source_file || ':' || source_line
        ) as record_id,
        case
            when refusal is not null then 'quarantined'
            when replaced_by is not null then 'superseded'
            else 'accepted'
        end as record_status,
        case
            when refusal is not null then refusal
            when replaced_by is not null
                then 'a newer delivery states this day again: ' || replaced_by
        end as problem,
        nullif(
            concat_ws('; ', notice, if(record_status = 'accepted', delivery_notice, null)), ''
        ) as notice,
        if(csv_problem is null, if(is_tokens, quantity, 0), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_id,
        {{ pseudonym('coalesce(email_text, public_id_text, account_user_id_text)') }} as user_id,
        cast(used_on as timestamp) as started_at,
        cast(used_on as timestamp) + interval 1 day as ended_at,
        usage_type_text as usage_type,
        coalesce(nullif(words.model, ''), usage_type_text) as model,
        if(words.agent = 'codex_fast_', 'fast', 'standard') as service_tier,
        case
            when regexp_matches(lower(usage_type_text), 'codex|agent') then true
            when starts_with(lower(usage_type_text), 'chat.') then false
        end as is_agentic,
        if(
            not is_tokens and quantity = floor(quantity), cast(quantity as bigint), null
        ) as request_count,
        credits,
        list_filter(
            [
                {
                    'meter': token_meter,
                    'quantity': quantity
                },
                {
                    'meter': 'chatgpt_credits',
                    'quantity': credits
                }
            ],
            lambda m: m.meter is not null and m.quantity > 0
        ) as meters
    from metered
),

final as (
    select * from records
    union all by name
    {{ refused_files() }}
)

select * from final

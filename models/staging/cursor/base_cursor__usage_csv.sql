{{ config(materialized='table') }}

{%- set counts = {
    'cache_write_column': 'input (w/ cache write)',
    'input_column': 'input (w/o cache write)',
    'cache_read_column': 'cache read',
    'output_column': 'output tokens',
    'total_column': 'total tokens',
} %}
{%- set needed = ['date', 'kind', 'model'] + counts.values() | list %}
{%- set known = ['max mode', 'user', 'cloud agent id', 'automation id'] %}

with lines as (
    select * from {{ source('cursor', 'usage_csv') }}
),

csv as (
    {{ csv_records('lines') }}
),

files as (
    {{ csv_files('csv', {
        'usage with cost': {'needed': needed + ['cost'], 'known': known + ['requests']},
        'usage with requests': {'needed': needed + ['requests'], 'known': known},
    }) }}
),

rows_of_known_files as (
    {{ rows_of_known_files('csv', columns=['notice', 'layout']) }}
),

texts as (
    select
        * exclude (header, is_header, fields, problem),
        problem as csv_problem,
        {{ csv_value('kind') }} as kind_text,
        {{ csv_value('model') }} as model,
        {{ csv_value('max mode') }} as max_mode,
        lower({{ csv_value('user') }}) as email,
        {{ csv_value('cloud agent id') }} as cloud_agent_id,
        {{ csv_value('automation id') }} as automation_id,
        {{ csv_value('cost') }} as cost_text,
        {%- for name, column in counts.items() %}
            {{ csv_value(column) }} as {{ name }}_text,
        {%- endfor %}
        {{ csv_value('date') }} as date_text
    from rows_of_known_files
),

typed as (
    select
        *,
        {{ moment('date_text') }} as started_at,
        regexp_replace(lower(kind_text), '[^a-z0-9]+', ' ', 'g') as kind,
        {%- for name in counts %}
            coalesce({{ exact_count("replace(" ~ name ~ "_text, ',', '')") }}, 0) as {{ name }},
            {{ unreadable(
                name ~ '_text', exact_count("replace(" ~ name ~ "_text, ',', '')")
            ) }} as is_unreadable_{{ name }},
        {%- endfor %}
        -- $0.19 and 1,204.50 are money; Included, Free and - are words for no charge.
        regexp_matches(cost_text, '[0-9]') as has_cost,
        {{ exact_amount("replace(ltrim(cost_text, '$'), ',', '')") }} as stated_cost
    from texts
),

-- The columns are disjoint, cache writes in the first of them, unless the total shows that the
-- first holds the second too.
split as (
    select
        *,
        case
            when
                cache_write_column + input_column + cache_read_column + output_column
                = total_column
                then cache_write_column
            when
                cache_write_column + cache_read_column + output_column = total_column
                and cache_write_column >= input_column
                then cache_write_column - input_column
        end as cache_write,
        case
            when kind in ('on demand', 'usage based') then true
            when
                regexp_matches(kind, '^(included|free|errored|aborted|user api key)')
                or contains(kind, 'no charge')
                or contains(kind, 'not charged')
                then false
            when not coalesce(has_cost, false) or stated_cost = 0 then false
        end as is_chargeable
    from typed
),

checked as (
    select
        *,
        case
            when csv_problem is not null then csv_problem
            when started_at is null then 'no readable date'
            {%- for name in counts %}
                when is_unreadable_{{ name }} then 'unreadable token count'
            {%- endfor %}
            when least(cache_write_column, input_column, cache_read_column, output_column) < 0
                then 'negative token count'
            when cache_write is null then 'the token columns do not add up to Total Tokens'
            when has_cost and stated_cost is null
                then
                    'unreadable cost'
                    || {{ refused_number("replace(ltrim(cost_text, '$'), ',', '')") }}
            when stated_cost < 0 then 'negative cost'
            when is_chargeable is null then 'unknown kind with a cost: ' || left(kind_text, 40)
        end as refusal,
        if(
            csv_problem is null,
            md5(cast(to_json([
                date_text, kind_text, model, email, cloud_agent_id, automation_id, cost_text,
                cache_write_column_text, input_column_text, cache_read_column_text,
                output_column_text
            ]) as varchar)),
            null
        ) as fingerprint
    from split
),

-- A file states the days in its name, or those of its events where it names none.
stated as (
    select
        *,
        coalesce(account_folder, '') as scope,
        source_file as statement,
        delivery_rank as statement_order,
        source_file as named_by,
        true as has_all_pages,
        [''] as part,
        cast(started_at as date) as stated_on,
        {{ file_days('source_file') }} as named_days,
        if(len(named_days) = 2, named_days[1], null) as stated_first,
        if(len(named_days) = 2, least(named_days[2], delivered_on), null) as stated_last,
        refusal is null as is_stated,
        true as is_row,
        if(is_chargeable, stated_cost, null) as cell_amount,
        if(is_chargeable, 'USD', null) as cell_currency
    from checked
),

told as (
    {{ with_delivery_cells('stated', keeps_start=false) }}
),

judged as (
    select
        *,
        case
            when refusal is not null then 'quarantined'
            when replaced_by is not null then 'superseded'
            else 'accepted'
        end as record_status
    from told
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        if(
            record_status = 'accepted',
            fingerprint || '#' || row_number() over (
                partition by account_folder, fingerprint, record_status
                order by delivery_rank, source_line
            ),
            source_file || ':' || source_line
        ) as record_id,
        record_status,
        coalesce(refusal, 'the day is stated again by ' || replaced_by) as problem,
        nullif(
            concat_ws('; ', notice, if(record_status = 'accepted', delivery_notice, null)), ''
        ) as notice,
        if(
            csv_problem is null,
            cast(
                input_column + cache_write + cache_read_column + output_column
                as {{ quantity_type() }}
            ),
            null
        ) as tokens,
        if(is_chargeable, stated_cost, null) as amount,
        if(is_chargeable and stated_cost is not null, 'USD', null) as currency,
        account_folder,
        {{ pseudonym('email') }} as user_id,
        cloud_agent_id,
        automation_id,
        model,
        kind,
        is_chargeable,
        if(is_chargeable, null, stated_cost) as included_amount,
        max_mode,
        cloud_agent_id is not null or automation_id is not null as is_agentic,
        started_at,
        input_column as input_tokens,
        cache_read_column as cache_read_tokens,
        cache_write as cache_write_tokens,
        output_column as output_tokens
    from judged
),

final as (
    select * from records
    union all by name
    {{ refused_files() }}
)

select * from final

{{ config(materialized='table') }}

{%- set counts = ['input', 'output', 'cache_read', 'cache_creation'] %}
{%- set tokens_text = "json_extract_string(b, '$.tokens." %}

with lines as (
    select * from {{ source('anthropic', 'claude_code') }}
),

documents as (
    {{ json_documents('lines', exact=['amount']) }}
),

documents_as_pages as (
    {{ json_pages('documents') }}
),

pages as (
    select
        *,
        {{ json_list("json_extract(page, '$.data')") }} as entries,
        case
            when page is null then 'malformed JSON document'
            when entries is null
                then
                    'unknown layout: expected a page of Claude Code records, found '
                    || {{ described('page') }}
            when
                len(entries) > 0
                and len(list_filter(
                    entries,
                    lambda e: json_exists(e, '$.actor') and json_exists(e, '$.model_breakdown')
                )) = 0
                then
                    'unknown layout: expected records with actor and model_breakdown, found '
                    || {{ described('entries[1]') }}
        end as layout_problem
    from documents_as_pages
),

-- A day is asked for, and answered in pages.
asked_pages as (
    select
        pages.source_dataset,
        pages.source_file,
        pages.account_folder,
        files.delivered_on,
        json_extract_string(pages.entries[1], '$.date') as asked_day,
        pages.layout_problem as page_problem,
        {{ has_next_page('pages.page') }} as has_next_page
    from pages
    inner join (select distinct source_file, delivered_on from lines) as files
        on pages.source_file = files.source_file
),

missing_pages as (
    {{ json_items_missing('asked_pages', said='says that more follow', by=['asked_day']) }}
),

raw_entries as (
    select
        * exclude (page, entries, layout_problem),
        unnest(entries) as raw_entry,
        generate_subscripts(entries, 1) as entry_number
    from pages
    where layout_problem is null
),

parsed as (
    select
        * exclude (raw_entry),
        {{ unread_fields('raw_entry', [
            'date', 'actor', 'organization_id', 'customer_type', 'subscription_type',
            'terminal_type', 'is_remote', 'core_metrics', 'tool_actions', 'model_breakdown',
        ]) }} as notice,
        if(json_type(raw_entry) = 'OBJECT', raw_entry, null) as entry,
        {{ moment(json_text('entry', '$.date')) }} as started_at,
        lower({{ json_text('entry', '$.customer_type') }}) as customer_type,
        lower({{ json_text('entry', '$.subscription_type') }}) as subscription_type,
        {{ json_text('entry', '$.organization_id') }} as organization_id,
        {{ json_text('entry', '$.terminal_type') }} as terminal_type,
        {{ json_text('entry', '$.is_remote') }} as is_remote,
        {{ json_text('entry', '$.actor.email_address') }} as email_address,
        {{ json_text('entry', '$.actor.api_key_name') }} as key_name,
        {{ json_text('entry', '$.core_metrics.num_sessions') }} as sessions_text,
        {{ exact_count('sessions_text') }} as sessions,
        {{ json_list("json_extract(entry, '$.model_breakdown')") }} as breakdown
    from raw_entries
),

-- Cache traffic is outside the input. The estimate is a number in cents.
counted as (
    select
        *,
        list_transform(
            breakdown,
            lambda b: {
                'model': nullif(json_extract_string(b, '$.model'), ''),
                {%- for count in counts %}
                    '{{ count }}': {{ exact_count(tokens_text ~ count ~ "')") }},
                {%- endfor %}
                'estimated_amount': {{ exact_cents("json_extract_string(b, '$.estimated_cost.amount')") }},
                'estimated_currency': upper(json_extract_string(b, '$.estimated_cost.currency')),
                'is_unreadable':
                {% for count in counts -%}
                    {{ unreadable(
                        tokens_text ~ count ~ "')", exact_count(tokens_text ~ count ~ "')")
                    ) }}
                    {{- ' or ' if not loop.last }}
                {% endfor %}
            }
        ) as models,
        list_sum(list_transform(
            models, lambda m: m.input + m.output + m.cache_read + m.cache_creation
        )) as breakdown_tokens
    from parsed
),

checked as (
    select
        *,
        case
            when entry is null then 'record is no JSON object'
            when started_at is null then 'no readable date'
            when started_at != date_trunc('day', started_at) then 'date is no midnight of UTC'
            when coalesce(customer_type, '') not in ('api', 'subscription')
                then
                    'unknown customer_type: '
                    || coalesce(left(customer_type, 40), '(none)') || ', who pays is not known'
            when coalesce(nullif(email_address, ''), nullif(key_name, '')) is null then 'no actor'
            when breakdown is null then 'no model_breakdown'
            when len(list_filter(models, lambda m: m.is_unreadable)) > 0 then 'unreadable count'
            when
                len(list_filter(
                    models,
                    lambda m: m.input is null or m.output is null or m.cache_read is null
                    or m.cache_creation is null
                )) > 0
                then 'a token count is missing'
            when
                len(list_filter(
                    models, lambda m: least(m.input, m.output, m.cache_read, m.cache_creation) < 0
                )) > 0
                then 'negative count'
        end as refusal
    from counted
),

-- A day is one record per actor, terminal and kind of machine, on as many pages as it takes.
identified as (
    select
        *,
        md5(cast([models, to_json(sessions)] as varchar)) as fingerprint,
        coalesce(
            if(
                refusal is null,
                strftime(started_at, '%Y-%m-%d') || '/' || md5(cast([
                    organization_id, customer_type, subscription_type, terminal_type, is_remote,
                    email_address, key_name
                ] as varchar)),
                null
            ),
            source_file || '#' || source_line || '.' || page_number || '.' || entry_number
        ) as record_id
    from checked
),

judged as (
    select
        *,
        row_number() over record as place,
        first_value(fingerprint) over record as last_fingerprint,
        first_value(source_file) over record as last_file
    from identified
    window record as (
        partition by source_dataset, account_folder, record_id
        order by delivery_rank desc, source_line desc, page_number desc, entry_number desc
    )
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        record_id,
        {{ delivery_verdict(
            'place', 'fingerprint = last_fingerprint',
            "'the same record was delivered again'",
            "'a later record of the same actor and day counts, in ' || last_file",
        ) }},
        notice,
        cast(coalesce(breakdown_tokens, 0) as {{ quantity_type() }}) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency,
        account_folder as account_id,
        organization_id,
        {{ pseudonym('email_address') }} as user_id,
        {{ anthropic_key_name("nullif(key_name, '')") }} as api_key_name,
        customer_type,
        subscription_type,
        terminal_type,
        try_cast(is_remote as boolean) as is_remote,
        sessions,
        started_at,
        started_at + interval 1 day as ended_at,
        list_transform(models, lambda m: {
            'model': m.model,
            'input_tokens': m.input,
            'cache_read_tokens': m.cache_read,
            'cache_write_5m_tokens': m.cache_creation,
            'output_tokens': m.output
        }) as models,
        list_sum(list_transform(models, lambda m: m.estimated_amount)) as estimated_amount,
        models[1].estimated_currency as estimated_currency
    from judged
),

final as (
    select * from records
    union all by name
    select
        source_dataset,
        source_file,
        source_line,
        source_file || '#' || source_line || '.' || page_number as record_id,
        'quarantined' as record_status,
        layout_problem as problem
    from pages
    where layout_problem is not null
    union all by name
    select * exclude (account_folder, delivered_on, asked_day) from missing_pages
)

select * from final

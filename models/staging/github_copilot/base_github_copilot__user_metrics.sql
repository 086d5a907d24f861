{{ config(materialized='table') }}

{%- set counts = [
    'user_initiated_interaction_count', 'code_generation_activity_count',
    'code_acceptance_activity_count',
] -%}
{%- set flags = ['used_agent', 'used_chat', 'used_cli'] -%}
{%- set known = counts + flags + [
    'day', 'user_id', 'user_login', 'organization_id', 'enterprise_id', 'ai_credits_used',
    'report_start_day', 'report_end_day', 'loc_added_sum', 'loc_deleted_sum',
    'loc_suggested_to_add_sum', 'loc_suggested_to_delete_sum', 'generated_loc_sum',
    'accepted_loc_sum', 'totals_by_ide', 'totals_by_feature', 'totals_by_language_feature',
    'totals_by_language_model', 'totals_by_model_feature', 'totals_by_cli',
    'totals_by_copilot_app', 'totals_by_3rd_party_agent', 'ai_adoption_phase', 'etl_id',
    'day_partition', 'entity_id_partition', 'used_copilot_coding_agent',
    'used_copilot_code_review_active', 'used_copilot_code_review_passive',
] -%}

with lines as (
    select * from {{ source('github_copilot', 'user_metrics') }}
),

items as (
    {{ json_items(
        'lines', items='user_records', next_page='next_page', mark='user_id',
        expected='a user record of the usage metrics', exact=['ai_credits_used'],
    ) }}
),

texts as (
    select
        * exclude (item),
        json_type(item) as json_kind,
        nullif(trim({{ json_text('item', '$.user_id') }}), '') as github_id,
        nullif(trim({{ json_text('item', '$.user_login') }}), '') as user_login,
        nullif(trim({{ json_text('item', '$.organization_id') }}), '') as organization_id,
        {%- for column in ['day', 'report_start_day', 'report_end_day', 'ai_credits_used']
            + counts %}
            nullif(trim({{ json_text('item', '$.' ~ column) }}), '') as {{ column }}_text,
        {%- endfor %}
        {%- for column in flags %}
            try_cast({{ json_text('item', '$.' ~ column) }} as boolean) as {{ column }},
        {%- endfor %}
        try_cast({{ json_text('item', '$.totals_by_cli.request_count') }} as bigint)
            as cli_request_count,
        {{ unread_fields('item', known) }} as unread_fields
    from items
),

fields as (
    select
        *,
        {%- for column in ['day', 'report_start_day', 'report_end_day'] %}
            if(
                regexp_full_match({{ column }}_text, '20\d\d-\d\d-\d\d'),
                try_cast({{ column }}_text as date),
                null
            ) as {{ column }},
        {%- endfor %}
        try_cast(ai_credits_used_text as {{ quantity_type() }}) as ai_credits_used,
        {%- for column in counts %}
            {{ exact_count(column ~ '_text') }} as {{ column }},
        {%- endfor %}
        md5(concat_ws(
            '|', organization_id, ai_credits_used_text, cli_request_count,
            {%- for column in counts %}
                {{ column }}_text,
            {%- endfor %}
            {{ flags | join(', ') }}
        )) as fingerprint
    from texts
),

checked as (
    select
        *,
        coalesce(
            {{ counts | join(' > 0 or ') }} > 0
            or {{ flags | join(' or ') }} or ai_credits_used > 0 or cli_request_count > 0,
            false
        ) as is_used,
        case
            when page_problem is not null then page_problem
            when coalesce(json_kind, 'nothing') != 'OBJECT' then 'not a user record'
            when github_id is null then 'no user id'
            when day_text is null and report_start_day is not null
                then 'a sum over several days: it cannot be laid on months'
            when day is null then 'no readable day'
            when {{ unreadable('ai_credits_used_text', 'ai_credits_used') }} or ai_credits_used < 0
                then 'unreadable number of AI credits'
            {%- for column in counts %}
                when {{ unreadable(column ~ '_text', column) }} or {{ column }} < 0
                    then 'unreadable count: {{ column }}'
            {%- endfor %}
        end as refusal
    from fields
),

-- The reports of a day and of 28 days overlap, as do those of an enterprise and its organisations:
-- a person's day counts once, as the newest delivery tells it, in it as the enterprise does.
judged as (
    select
        *,
        row_number() over person_day as choice,
        first_value(delivery_rank) over person_day as newest_rank,
        first_value(fingerprint) over person_day as newest_fingerprint,
        min(coalesce(report_start_day, day)) over file as covered_from,
        max(coalesce(report_end_day, day)) over file as covered_to
    from checked
    window
        file as (partition by source_file),
        person_day as (
            partition by account_folder, github_id, day, refusal is null
            order by
                delivery_rank desc, organization_id is null desc,
                source_line asc, page_number asc, item_number asc
        )
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        concat_ws(':', source_file, source_line, page_number, item_number) as record_id,
        {{ delivery_verdict(
            'choice', 'fingerprint = newest_fingerprint or delivery_rank = newest_rank',
            "'another report tells of the same person and day'",
            "'a newer delivery tells of the same person and day'",
        ) }},
        if(refusal is null, unread_fields, null) as notice,
        day as usage_date,
        covered_from,
        covered_to,
        {{ pseudonym('github_id') }} as assignee_id,
        {{ pseudonym('coalesce(user_login, github_id)') }} as user_id,
        user_initiated_interaction_count as interactions,
        is_used,
        used_agent as is_agent_used,
        ai_credits_used,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(null as {{ money_type() }}) as amount,
        cast(null as varchar) as currency
    from judged
),

missing_pages as (
    {{ json_items_missing('items') }}
),

final as (
    select * from records
    union all by name
    select * exclude (delivered_on) from missing_pages
)

select * from final

{{ config(materialized='table') }}

{%- set dimensions = [
    'product', 'model', 'context_window', 'inference_geo', 'speed', 'cost_type', 'token_type',
    'slack_channel_id', 'claude_tag_category',
] %}

with cost_lines as (
    select * from {{ source('claude_seats', 'analytics_cost_report') }}
),

user_cost_lines as (
    select * from {{ source('claude_seats', 'analytics_user_cost_report') }}
),

lines as (
    select * from cost_lines
    union all
    select * from user_cost_lines
),

items as (
    {{ json_page_items(
        'lines', ['data'], 'starting_at', 'a page of an analytics cost report',
        exact=['amount', 'list_amount'],
    ) }}
),

-- The report over time answers in buckets with results, the report by user in rows.
listed as (
    select
        *,
        case
            when json_type(item, '$.results') = 'ARRAY'
                then {{ json_list("json_extract(item, '$.results')") }}
            else [item]
        end as results
    from items
    where page_problem is not null or item_count > 0
),

results as (
    select
        * exclude (results),
        unnest(results) as result,
        generate_subscripts(results, 1) as result_number
    from listed
),

fields as (
    select
        * exclude (page, item, result),
        json_type(result) as result_kind,
        coalesce({{ json_text('page', '$.organization_id') }}, account_folder) as account_id,
        {{ has_next_page('page') }} as has_next_page,
        {{ moment(json_text('page', '$.data_refreshed_at')) }} as refreshed_at,
        {{ moment(json_text('item', '$.starting_at')) }} as started_at,
        {{ moment(json_text('item', '$.ending_at')) }} as ended_at,
        cast(started_at as date) as charged_on,
        nullif({{ json_text('result', '$.actor.user_id') }}, '') as actor,
        nullif({{ json_text('result', '$.actor.email') }}, '') as actor_email,
        {%- for name in dimensions + ['rbac_group_id'] %}
            nullif({{ json_text('result', '$.' ~ name) }}, '') as {{ name }},
        {%- endfor %}
        {{ json_text('result', '$.amount') }} as amount_text,
        {{ json_text('result', '$.list_amount') }} as list_amount_text,
        upper(coalesce({{ json_text('result', '$.currency') }}, 'USD')) as cost_currency,
        {{ json_text('result', '$.requests') }} as requests_text,
        {{ exact_count('requests_text') }} as requests,
        {{ unread_fields('result', dimensions + [
            'actor', 'rbac_group_id', 'starting_at', 'ending_at', 'amount', 'list_amount',
            'currency', 'requests',
        ]) }} as notice
    from results
),

-- Cents, as text with fractions.
typed as (
    select
        *,
        {{ exact_cents('amount_text') }} as amount,
        {{ exact_cents('list_amount_text') }} as list_amount,
        bool_or(rbac_group_id is not null) over (partition by source_file) as is_by_group,
        -- What the file breaks down: two pulls that differ in it cannot stand side by side.
        bool_or(product is not null) over (partition by source_file) as has_product,
        bool_or(model is not null) over (partition by source_file) as has_model,
        bool_or(cost_type is not null) over (partition by source_file) as has_cost_type,
        bool_or(token_type is not null) over (partition by source_file) as has_token_type,
        cast(has_product as integer) + cast(has_model as integer)
        + cast(has_cost_type as integer) + cast(has_token_type as integer) as breakdown,
        date_diff('second', started_at, ended_at) as seconds
    from fields
),

checked as (
    select
        *,
        case
            when page_problem is not null then page_problem
            when coalesce(result_kind, '') != 'OBJECT' then 'not a cost object'
            when started_at is null or ended_at is null or ended_at <= started_at
                then 'no readable times'
            when cast(ended_at - interval 1 microsecond as date) != charged_on
                then 'covers more than one day: pull it with bucket_width=1d'
            when is_by_group
                then
                    'grouped by rbac_group_id: who is in several groups counts several times; '
                    || 'pull it without'
            when amount is null then 'no readable amount'
            when {{ unreadable('list_amount_text', 'list_amount') }}
                then 'unreadable list_amount' || {{ refused_number('list_amount_text', '10^18') }}
            when cost_currency != 'USD' then 'cents of ' || left(cost_currency, 20)
            when {{ unreadable('requests_text', 'requests') }} or requests < 0
                then 'unreadable requests'
        end as refusal
    from typed
),

missing_pages as (
    {{ json_items_missing(
        'fields', ['source_dataset', 'account_folder', 'delivered_on'], 'says that more follow'
    ) }}
),

-- Amounts are revised for 30 days: of each day the newest refresh counts, in its finest breakdown.
stated as (
    select
        checked.*,
        (checked.source_dataset, checked.account_id, checked.charged_on) as scope,
        (
            coalesce(checked.refreshed_at, timestamp '1970-01-01'), checked.breakdown,
            coalesce(checked.delivered_on, date '1970-01-01'), checked.seconds
        ) as statement_order,
        statement_order as statement,
        concat_ws(
            chr(10), checked.source_dataset, checked.account_id, checked.refreshed_at,
            checked.breakdown, checked.delivered_on, checked.seconds
        ) as named_by,
        missing_pages.source_dataset is null as has_all_pages,
        [coalesce(checked.product, ''), coalesce(checked.model, '')] as part,
        checked.charged_on as stated_on,
        cast(null as date) as stated_first,
        cast(null as date) as stated_last,
        checked.refusal is null as is_stated,
        true as is_row,
        cast(checked.amount as {{ money_type() }}) as cell_amount,
        checked.cost_currency as cell_currency
    from checked
    left join missing_pages
        on
            checked.source_dataset = missing_pages.source_dataset
            and checked.account_folder is not distinct from missing_pages.account_folder
            and checked.delivered_on is not distinct from missing_pages.delivered_on
),

told as (
    {{ with_delivery_cells('stated', dimensions=2, keeps_start=false) }}
),

-- In one pull no two rows have the same dimensions: a second one is a page delivered again.
compared as (
    select
        *,
        row_number() over (
            partition by
                source_dataset, account_id, started_at, ended_at, actor, actor_email, refreshed_at,
                {%- for name in dimensions %}
                    {{ name }},
                {%- endfor %}
                breakdown, delivered_on, refusal is null
            order by
                delivery_rank desc, source_line asc, page_number asc, item_number asc,
                result_number asc
        ) as copy_number
    from told
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        place || ':' || result_number as record_id,
        case
            when refusal is not null then 'quarantined'
            when replaced_by is not null then 'superseded'
            when copy_number > 1 then 'duplicate'
            else 'accepted'
        end as record_status,
        case
            when refusal is not null then refusal
            when replaced_by_statement[1] != statement[1] then 'revised by ' || replaced_by
            when replaced_by is not null
                then 'the same day in another pull: ' || replaced_by
            when copy_number > 1 then 'the same row was delivered again'
        end as problem,
        nullif(
            concat_ws('; ', notice, if(record_status = 'accepted', delivery_notice, null)), ''
        ) as notice,
        if(page_problem is null, cast(0 as {{ quantity_type() }}), null) as tokens,
        cast(amount as {{ money_type() }}) as amount,
        if(amount is not null, cost_currency, null) as currency,
        account_id,
        {{ pseudonym('coalesce(actor_email, actor)') }} as user_id,
        {{ dimensions | join(',\n        ') }},
        cast(list_amount as {{ money_type() }}) as list_amount,
        requests,
        started_at,
        ended_at,
        refreshed_at
    from compared
),

final as (
    select * from records
    union all by name
    select * exclude (account_folder, delivered_on) from missing_pages
)

select * from final

{{ config(materialized='table') }}

{#- GitHub's reports name the same amounts alike; the other columns show which report it is. -#}
{%- set money_columns = [
    'date', 'product', 'sku', 'quantity', 'unit_type', 'applied_cost_per_quantity',
    'gross_amount', 'discount_amount', 'net_amount', 'organization',
] -%}
{%- set known = [
    'username', 'model', 'repository', 'cost_center_name', 'workflow_path', 'total_monthly_quota',
    'exceeds_quota', 'aic_quantity', 'aic_gross_amount', 'input', 'output', 'cache_read',
    'cache_write',
] %}

with lines as (
    select * from {{ source('github_copilot', 'billing_usage') }}
),

csv as (
    {{ csv_records('lines') }}
),

files as (
    {{ csv_files('csv', {
        'premium requests': {'needed': money_columns + ['model', 'exceeds_quota'], 'known': known},
        'AI usage': {'needed': money_columns + ['model'], 'known': known},
        'detailed usage': {'needed': money_columns + ['username'], 'known': known},
        'summarized usage': {'needed': money_columns, 'known': known},
    }) }}
),

texts as (
    {{ texts_of_known_files(
        'csv',
        money_columns + [
            'username', 'model', 'repository', 'cost_center_name', 'input', 'output',
            'cache_read', 'cache_write',
        ],
        columns=['layout', 'notice'],
    ) }}
),

-- One spelling per sku: real files, the documentation and the web pages differ.
-- layout_order: of two reports on the same spend the one that tells most is preferred.
read_fields as (
    select
        *,
        list_position(
            ['AI usage', 'premium requests', 'detailed usage', 'summarized usage'], layout
        ) as layout_order,
        if(
            regexp_matches(date_text, '^20\d\d-\d\d-\d\d([T ]|$)'),
            try_cast(left(date_text, 10) as date),
            null
        ) as usage_date,
        regexp_replace(lower(product_text), '[^a-z0-9]+', '_', 'g') as product,
        regexp_replace(
            regexp_replace(lower(sku_text), '[^a-z0-9]+', '_', 'g'),
            '(credit|request|unit)s$', '\1'
        ) as sku_key,
        regexp_replace(
            regexp_replace(lower(unit_type_text), '[^a-z0-9]+', '-', 'g'), 's$', ''
        ) as unit_key,
        try_cast(quantity_text as {{ quantity_type() }}) as quantity,
        try_cast(applied_cost_per_quantity_text as {{ unit_price_type() }}) as unit_price,
        {{ exact_amount('gross_amount_text') }} as gross_amount,
        {{ exact_amount('discount_amount_text') }} as discount_amount,
        {{ exact_amount('net_amount_text') }} as net_amount,
        {{ exact_count('input_text') }} as input_tokens,
        {{ exact_count('output_text') }} as output_tokens,
        {{ exact_count('cache_read_text') }} as cache_read_tokens,
        {{ exact_count('cache_write_text') }} as cache_write_tokens,
        if(
            csv_problem is null,
            md5(cast(to_json([
                layout, date_text, product_text, sku_text, quantity_text, unit_type_text,
                applied_cost_per_quantity_text, gross_amount_text, discount_amount_text,
                net_amount_text, organization_text, cost_center_name_text, username_text,
                model_text, repository_text
            ]) as varchar)),
            null
        ) as fingerprint
    from texts
),

named as (
    select
        *,
        case sku_key
            when 'ai_credit' then 'copilot_ai_credit'
            when 'copilot_agent_ai_credit' then 'coding_agent_ai_credit'
            when 'copilot_coding_agent_ai_credit' then 'coding_agent_ai_credit'
            when 'premium_request' then 'copilot_premium_request'
            when 'copilot_agent_premium_request' then 'coding_agent_premium_request'
            when 'copilot_coding_agent_premium_request' then 'coding_agent_premium_request'
            when 'copilot_business' then 'copilot_for_business'
            else sku_key
        end as sku,
        case unit_key
            when 'ai-credit' then 'AI Credits'
            when 'ai-unit' then 'AI Units'
            when 'request' then 'Requests'
            when 'user-month' then 'User-Months'
            else unit_type_text
        end as unit
    from read_fields
),

checked as (
    select
        *,
        case
            when csv_problem is not null then csv_problem
            when usage_date is null then 'no readable date (YYYY-MM-DD)'
            when sku is null then 'no sku'
            when
                coalesce(product, '') not in (
                    'copilot', 'github_copilot', 'copilot_coding_agent', 'coding_agent', 'spark'
                )
                and not regexp_matches(
                    sku, '^(copilot|coding_agent|spark)_|_(ai_credit|ai_unit|premium_request)$'
                )
                then 'not a Copilot product: ' || coalesce(product_text, 'none named')
            when net_amount_text is null then 'no net amount'
            when net_amount is null
                then 'unreadable net amount' || {{ refused_number('net_amount_text') }}
            when
                {{ unreadable('gross_amount_text', 'gross_amount') }}
                or {{ unreadable('discount_amount_text', 'discount_amount') }}
                then
                    'unreadable gross amount or discount'
                    || {{ refused_number(first_unreadable({
                        'gross_amount_text': 'gross_amount',
                        'discount_amount_text': 'discount_amount',
                    })) }}
            when {{ unreadable('quantity_text', 'quantity') }}
                then 'unreadable quantity' || {{ refused_number('quantity_text', '10^24') }}
            when {{ unreadable('applied_cost_per_quantity_text', 'unit_price') }}
                then
                    'unreadable unit price'
                    || {{ refused_number('applied_cost_per_quantity_text', '10^10') }}
            when
                {{ unreadable('input_text', 'input_tokens') }}
                or {{ unreadable('output_text', 'output_tokens') }}
                or {{ unreadable('cache_read_text', 'cache_read_tokens') }}
                or {{ unreadable('cache_write_text', 'cache_write_tokens') }}
                then 'unreadable token count'
        end as refusal
    from named
),

-- Reports overlap, of the same organisations and days or of others: each file is what it is filtered
-- to, and a newer one replaces what it covers.
stated as (
    select
        *,
        (account_folder, layout) as scope,
        source_file as statement,
        delivery_rank as statement_order,
        source_file as named_by,
        true as has_all_pages,
        [coalesce(lower(organization_text), '')] as part,
        usage_date as stated_on,
        {{ named_days('source_file', 'delivered_on') }} as named_days,
        named_days[1] as stated_first,
        named_days[2] as stated_last,
        refusal is null as is_stated,
        true as is_row,
        net_amount as cell_amount,
        'USD' as cell_currency
    from checked
),

told as (
    {{ with_delivery_cells('stated', keeps_start=false) }}
),

current_days as (
    select
        * exclude (scope, part, stated_first, stated_last),
        replaced_by is not null as is_replaced,
        replaced_by is null and refusal is null as is_current
    from told
),

-- Different reports state the same spend: one of them per sku, organisation and day. A report
-- delivered on the very day cannot be complete for it and stands back.
chosen as (
    select
        *,
        arg_min(layout, layout_order + if(delivered_on <= usage_date, 10, 0)) over (
            partition by account_folder, usage_date, sku, organization_text, is_current
        ) as chosen_layout
    from current_days
),

judged as (
    select
        *,
        case
            when is_replaced then 'superseded'
            when refusal is not null then 'quarantined'
            when layout != chosen_layout then 'superseded'
            else 'accepted'
        end as record_status,
        case
            when is_replaced then 'a newer delivery states this day again: ' || replaced_by
            when refusal is not null then refusal
            when layout != chosen_layout
                then 'the ' || chosen_layout || ' report states this day and sku too'
        end as problem
    from chosen
),

-- Equal rows of one file are all charged: they are told apart by counting.
records as (
    select
        source_dataset,
        source_file,
        source_line,
        account_folder,
        coalesce(
            fingerprint || '#' || row_number() over (
                partition by
                    account_folder, fingerprint, if(record_status = 'accepted', '', source_file)
                order by delivery_rank, source_line
            ),
            source_file || ':' || source_line
        ) as record_id,
        record_status,
        problem,
        nullif(
            concat_ws('; ', notice, if(record_status = 'accepted', delivery_notice, null)), ''
        ) as notice,
        layout,
        usage_date,
        product_text as product,
        sku,
        regexp_replace(model_text, '^Auto:\s*', '', 'i') as model,
        {{ pseudonym('username_text') }} as user_id,
        organization_text as organization,
        repository_text as repository,
        {{ hide_email('cost_center_name_text') }} as cost_center,
        quantity,
        if(quantity is not null, unit, null) as unit,
        unit_price,
        gross_amount,
        discount_amount,
        input_tokens,
        output_tokens,
        cache_read_tokens,
        cache_write_tokens,
        if(
            csv_problem is null,
            try_cast(
                coalesce(input_tokens, 0) + coalesce(output_tokens, 0)
                + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0)
                as {{ quantity_type() }}
            ),
            null
        ) as tokens,
        net_amount as amount,
        -- No report has a currency column; GitHub documents all amounts as US dollars.
        if(net_amount is not null, 'USD', null) as currency
    from judged
),

final as (
    select * from records
    union all by name
    {{ refused_files(columns=['account_folder']) }}
)

select * from final

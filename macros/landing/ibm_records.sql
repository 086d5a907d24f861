{#- Metrics of IBM Cloud instances as records in the names of the shape focus_lines: the same for the
    Usage Reports API and for the console's CSV, whose fields differ in name only.

    IBM restates a month as a whole: of an account, month and resource group the newest delivery
    counts, all its pages together. Payable is the cost after discounts; a metric or instance that is not charged
    is 0. A resource unit of watsonx.ai is 1,000 tokens, input and output together; units that
    count data points, characters or pages stay what they are.

    rows  relation with the fields as text, named as below, and problem (why a row cannot be read)
    hashed  the columns that tell two rows apart -#}
{% macro ibm_records(rows, hashed) -%}
    with parsed as (
        select
            *,
            md5(cast(to_json([{{ hashed | join(', ') }}]) as varchar)) as fingerprint,
            if(
                regexp_full_match(month_text, '20[0-9]{2}-(0[1-9]|1[0-2])'),
                try_cast(month_text || '-01' as timestamp), null
            ) as billing_period_start,
            {%- for name in ['quantity', 'rateable', 'cost', 'rated_cost', 'volume_cost', 'price'] %}
                {{ exact_amount(
                    name ~ '_text',
                    'decimal(38, 14)' if name in ['quantity', 'rateable'] else none
                ) }} as stated_{{ name }},
            {%- endfor %}
            lower(billable_text) in ('false', 'no', 'n', '0')
            or coalesce(lower(non_chargeable_text) in ('true', 'yes', 'y', '1'), false)
                as is_free,
            {%- for name in ['department', 'dept', 'feature'] %}
                {{ tag_value('tag_texts', name) }} as {{ name }}_text,
            {%- endfor %}
            {{ tag_entries('tag_texts') }} as tag_texts_hidden,
            {{ ibm_service("concat_ws(' ', service_name, service_code)", 'resource_id') }}
                as service,
            service = 'ibm_watsonx' and {{ ibm_token_unit(
                "concat_ws(' ', metric, metric_name, unit_text, unit_name)"
            ) }} as is_token_unit
        from {{ rows }}
    ),

    priced as (
        select
            *,
            if(coalesce(is_free, false), 0, stated_cost) as billed_amount,
            if(coalesce(is_free, false), 0, stated_rated_cost) as known_list_amount,
            if(coalesce(is_free, false), 0, coalesce(stated_volume_cost, stated_cost))
                as known_contracted_amount,
            billed_amount != 0 as is_payable,
            try_cast(stated_quantity as {{ quantity_type() }}) as unit_quantity,
            try_cast(coalesce(stated_rateable, stated_quantity) as {{ quantity_type() }})
                as rated_quantity,
            {{ ibm_unit('coalesce(unit_name, unit_text, metric_name, metric)') }} as unit_label,
            {{ exact_product(
                'try_cast(stated_price as decimal(27, 14))', 'if(is_token_unit, 1000, 1)',
                'decimal(38, 14)'
            ) }} as price
        from parsed
    ),

    checked as (
        select
            *,
            case
                when problem is not null then problem
                when billing_period_start is null then 'no readable billing month'
                when account_id is null then 'no account'
                when not {{ is_currency_code('currency_text') }}
                    then 'no ISO 4217 currency: ' || coalesce(currency_text, 'empty')
                when {{ unreadable('cost_text', 'stated_cost') }}
                    then 'unreadable cost' || {{ refused_number('cost_text') }}
                when billed_amount is null then 'no cost'
                {%- for name in ['quantity', 'rateable', 'rated_cost', 'volume_cost', 'price'] %}
                    when {{ unreadable(name ~ '_text', 'stated_' ~ name) }}
                        then
                            'unreadable {{ name | replace('_', ' ') }}'
                            || {{ refused_number(
                                name ~ '_text',
                                '10^24' if name in ['quantity', 'rateable'] else '10^16'
                            ) }}
                {%- endfor %}
            end as refusal
        from priced
    ),

    stated as (
        select
            *,
            (source_dataset, account_id, billing_period_start) as scope,
            delivery as statement,
            delivery_rank as statement_order,
            concat_ws(chr(10), source_dataset, delivery, account_id, billing_period_start)
                as named_by,
            is_complete as has_all_pages,
            [coalesce(lower(resource_group_id), '')] as part,
            if(account_id is null, null, cast(billing_period_start as date)) as stated_on,
            cast(null as date) as stated_first,
            cast(null as date) as stated_last,
            refusal is null as is_stated,
            true as is_row,
            billed_amount as cell_amount,
            upper(currency_text) as cell_currency
        from checked
    ),

    told as (
        {{ with_delivery_cells('stated') }}
    ),

    decided as (
        select
            * exclude (problem, notice),
            case
                when replaced_by is not null then 'superseded'
                when refusal is not null then 'quarantined'
                else 'accepted'
            end as record_status,
            if(
                replaced_by is not null,
                'a newer delivery states this month again: ' || replaced_by,
                refusal
            ) as problem,
            nullif(
                concat_ws('; ', notice, if(record_status = 'accepted', delivery_notice, null)), ''
            ) as notice
        from told
    )

    select
        source_dataset,
        source_file,
        source_line,
        if(
            account_id is null or month_text is null,
            source_file || ':' || source_line || '.' || record_number,
            concat_ws('/', account_id, month_text, fingerprint) || '#' || row_number() over (
                partition by
                    account_id, month_text, fingerprint,
                    if(record_status = 'accepted', '', source_file)
                order by delivery_rank asc, source_line asc, record_number asc
            )
        ) as record_id,
        record_status,
        problem,
        notice,
        service,
        account_id,
        {{ hide_email('account_name') }} as account_name,
        resource_group_id as sub_account_id,
        {{ hide_email('resource_group_name') }} as sub_account_name,
        if(resource_group_id is not null, 'Resource Group', null) as sub_account_type,
        billing_period_start,
        billing_period_start + interval 1 month as billing_period_end,
        billing_period_start as period_start,
        billing_period_start + interval 1 month as period_end,
        'Usage' as charge_category,
        'Usage-Based' as charge_frequency,
        concat_ws(' ', service_name, plan_name, coalesce(metric_name, metric))
            as charge_description,
        billed_amount,
        billed_amount as effective_amount,
        if(known_list_amount = 0 and is_payable, null, known_list_amount) as list_amount,
        if(known_contracted_amount = 0 and is_payable, null, known_contracted_amount)
            as contracted_amount,
        if(
            try_cast(price as {{ unit_price_type() }}) = price
            and try_cast(stated_price as decimal(27, 14)) = stated_price,
            try_cast(price as {{ unit_price_type() }}), null
        ) as list_unit_price,
        case
            when is_token_unit
                then {{ exact_product('rated_quantity', '0.001', pricing_quantity_type()) }}
            else try_cast(rated_quantity as {{ pricing_quantity_type() }})
        end as pricing_quantity,
        case
            when pricing_quantity is null then null
            when is_token_unit then '1000000 Tokens'
            else unit_label
        end as pricing_unit,
        'Standard' as pricing_category,
        case
            when is_token_unit
                then {{ exact_product('unit_quantity', '1000', quantity_type()) }}
            else unit_quantity
        end as quantity,
        case
            when quantity is null then null
            when is_token_unit then 'Tokens'
            else unit_label
        end as unit,
        'IBM' as service_provider_name,
        'IBM' as host_provider_name,
        'IBM' as invoice_issuer_name,
        'IBM' as publisher_name,
        service_name,
        if(service = 'ibm_watsonx', 'AI and Machine Learning', null) as service_category,
        if(service = 'ibm_watsonx', 'Generative AI', null) as service_subcategory,
        resource_id,
        {{ hide_email('resource_name') }} as resource_name,
        region as region_id,
        region as region_name,
        nullif(concat_ws('/', plan_id, metric), '') as sku_id,
        nullif(concat_ws('/', plan_id, metric, pricing_plan_id, pricing_country), '')
            as sku_price_id,
        coalesce(metric_name, metric) as sku_meter,
        {{ known_text('coalesce(department_text, dept_text)') }} as tag_department,
        {{ known_text('feature_text') }} as feature,
        {{ tags_json('tag_texts_hidden') }} as tags,
        if(unit = 'Tokens', quantity, 0) as tokens,
        billed_amount as amount,
        if(billed_amount is not null, upper(currency_text), null) as currency
    from decided
{%- endmacro %}

{#- True when a unit's or metric's text is about resource units that stand for 1,000 tokens each. -#}
{% macro ibm_token_unit(text) -%}
    (
        regexp_matches(lower({{ text }}), 'resource[_ ]?units?')
        and not regexp_matches(
            lower({{ text }}), 'data[_ ]?point|time[_ ]?series|character|page'
        )
    )
{%- endmacro %}

{#- IBM's name of a unit in words: CAPACITY_UNIT_HOURS is Capacity unit-Hours. Other text stays. -#}
{% macro ibm_unit(text) -%}
    if(
        regexp_full_match({{ text }}, '[A-Z][A-Z0-9_]*'),
        left({{ text }}, 1) || substr(
            regexp_replace(
                regexp_replace(
                    regexp_replace(lower(replace({{ text }}, '_', ' ')), ' months?$', '-Months'),
                    ' hours?$', '-Hours'
                ),
                ' seconds?$', '-Seconds'
            ), 2
        ),
        {{ text }}
    )
{%- endmacro %}

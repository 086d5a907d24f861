{{ config(materialized='table') }}

{%- set needed = [
    'bill_payer_account_id', 'bill_billing_period_start_date', 'line_item_line_item_type',
    'line_item_usage_start_date', 'line_item_usage_end_date', 'line_item_product_code',
    'line_item_usage_type', 'line_item_unblended_cost', 'line_item_currency_code',
] %}
{%- set read = [
    'identity_line_item_id', 'identity_time_interval', 'bill_billing_period_end_date',
    'bill_invoice_id', 'bill_invoicing_entity', 'bill_payer_account_name', 'cost_category',
    'line_item_availability_zone', 'line_item_iam_principal', 'line_item_legal_entity',
    'line_item_line_item_description', 'line_item_net_unblended_cost', 'line_item_resource_id',
    'line_item_usage_account_id', 'line_item_usage_account_name', 'line_item_usage_amount',
    'pricing_public_on_demand_cost', 'pricing_public_on_demand_rate', 'pricing_rate_code',
    'pricing_rate_id', 'pricing_unit', 'product', 'product_pricing_unit', 'product_product_family',
    'product_region_code', 'product_sku', 'reservation_effective_cost',
    'reservation_net_effective_cost', 'reservation_reservation_a_r_n',
    'reservation_unused_amortized_upfront_fee_for_billing_period',
    'reservation_unused_recurring_fee', 'reservation_net_unused_recurring_fee',
    'reservation_net_unused_amortized_upfront_fee_for_billing_period',
    'savings_plan_savings_plan_a_r_n', 'savings_plan_savings_plan_effective_cost',
    'savings_plan_net_savings_plan_effective_cost', 'savings_plan_total_commitment_to_date',
    'savings_plan_used_commitment', 'resource_tags', 'tags',
] %}
{#- Columns of the export that say nothing a charge needs. -#}
{%- set left_out = [
    'bill_bill_type', 'bill_billing_entity', 'billing_period', 'capacity_reservation', 'discount',
    'discount_bundled_discount', 'discount_total_discount', 'line_item_blended_cost',
    'line_item_blended_rate', 'line_item_net_unblended_rate', 'line_item_normalization_factor',
    'line_item_normalized_usage_amount', 'line_item_operation', 'line_item_tax_type',
    'line_item_unblended_rate', 'pricing_currency', 'pricing_lease_contract_length',
    'pricing_offering_class', 'pricing_purchase_option', 'pricing_term', 'product_comment',
    'product_fee_code', 'product_fee_description', 'product_from_location',
    'product_from_location_type', 'product_from_region_code', 'product_instance_family',
    'product_instance_type', 'product_instancesku', 'product_location', 'product_location_type',
    'product_operation', 'product_servicecode', 'product_to_location', 'product_to_location_type',
    'product_to_region_code', 'product_usagetype',
    'reservation_amortized_upfront_cost_for_usage',
    'reservation_amortized_upfront_fee_for_billing_period', 'reservation_availability_zone',
    'reservation_end_time', 'reservation_modification_status',
    'reservation_net_amortized_upfront_cost_for_usage',
    'reservation_net_amortized_upfront_fee_for_billing_period',
    'reservation_net_recurring_fee_for_usage', 'reservation_net_upfront_value',
    'reservation_normalized_units_per_reservation', 'reservation_number_of_reservations',
    'reservation_recurring_fee_for_usage', 'reservation_start_time', 'reservation_subscription_id',
    'reservation_total_reserved_normalized_units', 'reservation_total_reserved_units',
    'reservation_units_per_reservation', 'reservation_unused_normalized_unit_quantity',
    'reservation_unused_quantity', 'reservation_upfront_value',
    'savings_plan_amortized_upfront_commitment_for_billing_period', 'savings_plan_end_time',
    'savings_plan_instance_type_family',
    'savings_plan_net_amortized_upfront_commitment_for_billing_period',
    'savings_plan_net_recurring_commitment_for_billing_period', 'savings_plan_offering_type',
    'savings_plan_payment_option', 'savings_plan_purchase_term',
    'savings_plan_recurring_commitment_for_billing_period', 'savings_plan_region',
    'savings_plan_savings_plan_rate', 'savings_plan_start_time',
    'split_line_item_actual_usage', 'split_line_item_net_split_cost',
    'split_line_item_net_unused_cost', 'split_line_item_parent_resource_id',
    'split_line_item_public_on_demand_split_cost', 'split_line_item_public_on_demand_unused_cost',
    'split_line_item_reserved_usage', 'split_line_item_split_cost',
    'split_line_item_split_usage', 'split_line_item_split_usage_ratio',
    'split_line_item_unused_cost',
] %}
{%- set layouts = {'CUR 2.0': {'needed': needed, 'known': read + left_out}} %}
{%- set amounts = {
    'unblended_cost': 'line_item_unblended_cost',
    'net_unblended_cost': 'line_item_net_unblended_cost',
    'stated_list_amount': 'pricing_public_on_demand_cost',
    'reserved_cost': 'reservation_effective_cost',
    'net_reserved_cost': 'reservation_net_effective_cost',
    'unused_upfront': 'reservation_unused_amortized_upfront_fee_for_billing_period',
    'unused_recurring': 'reservation_unused_recurring_fee',
    'net_unused_upfront': 'reservation_net_unused_amortized_upfront_fee_for_billing_period',
    'net_unused_recurring': 'reservation_net_unused_recurring_fee',
    'plan_cost': 'savings_plan_savings_plan_effective_cost',
    'net_plan_cost': 'savings_plan_net_savings_plan_effective_cost',
    'plan_commitment': 'savings_plan_total_commitment_to_date',
    'plan_used': 'savings_plan_used_commitment',
    'list_rate': 'pricing_public_on_demand_rate',
} %}
{%- set values_of_texts = {} %}
{%- for name, column in amounts.items() %}{%- do values_of_texts.update({column: name}) %}{% endfor %}

with lines as (
    select * from {{ source('aws_bedrock', 'cur') }}
),

csv as (
    {{ csv_records('lines') }}
),

files as (
    {{ csv_files('csv', layouts) }}
),

rows_of_known_files as (
    {{ rows_of_known_files('csv', columns=['notice as file_notice']) }}
),

texts as (
    select
        * exclude (header, is_header, fields, problem),
        {%- for column in needed + read %}
            {{ csv_value(column) }} as {{ column }},
        {%- endfor %}
        problem as csv_problem
    from rows_of_known_files
),

typed as (
    select
        *,
        {%- for name, column in amounts.items() %}
            {{ exact_amount(column) }} as {{ name }},
        {%- endfor %}
        {{ first_unreadable(values_of_texts) }} as unreadable_amount,
        try_cast(line_item_usage_amount as {{ quantity_type() }}) as usage_amount,
        bill_payer_account_id as account_id,
        {{ utc_timestamp('bill_billing_period_start_date') }} as billing_period_start,
        coalesce(
            {{ utc_timestamp('bill_billing_period_end_date') }},
            billing_period_start + interval '1 month'
        ) as billing_period_end,
        {{ utc_timestamp('line_item_usage_start_date') }} as period_start,
        {{ utc_timestamp('line_item_usage_end_date') }} as stated_end,
        upper(line_item_currency_code) as currency,
        line_item_line_item_type as line_type,
        if(json_valid(product), cast(product as json), null) as product_map,
        {{ aws_principal('line_item_iam_principal') }} as caller,
        {{ cloud_tag_entries(
            "if(json_valid(cost_category), cast(cost_category as json), null)"
        ) }} as cost_categories,
        -- Older exports call the tags resource_tags, newer ones tags.
        coalesce(tags, resource_tags) as tag_text,
        {{ cloud_tag_entries("if(json_valid(tag_text), cast(tag_text as json), null)") }}
            as tag_entries,
        json_extract_string(product_map, '$.product_name') as product_name,
        coalesce(json_extract_string(product_map, '$.servicename'), product_name)
            as stated_service_name,
        lower(coalesce(pricing_unit, product_pricing_unit)) as unit_text,
        {{ cloud_service(
            'aws',
            "concat_ws(' ', line_item_product_code, product_product_family, product_name, "
            ~ "stated_service_name)",
            'line_item_usage_type'
        ) }} as service
    from texts
),

-- What tokens are, in either family of usage types. Bedrock counts them in thousands and millions
-- within one bill; a marketplace article that says only "Units" counts millions.
measured as (
    select
        *,
        regexp_replace(lower(line_item_usage_type), '[^a-z0-9]+', '', 'g') as usage_key,
        regexp_matches(
            usage_key, '(input|output|cacheread|cachewrite)(input)?tokens?|cache(read|write)'
        ) as names_tokens,
        case
            when service != 'aws_bedrock' or not names_tokens then null
            when regexp_full_match(unit_text, '(1k|1,?000|thousand) ?(\w+ )?tokens?') then 1000
            when regexp_full_match(unit_text, '(1m|1,?000,?000|million) ?(\w+ )?tokens?')
                then 1000000
            when regexp_full_match(unit_text, '(\w+ )?tokens?') then 1
            when unit_text = 'units' and regexp_matches(lower(line_item_usage_type), '(^|-)mp:')
                then 1000000
        end as tokens_per_unit,
        line_type in (
            'Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage'
        ) as is_use
    from typed
),

worded as (
    select
        *,
        case
            when tokens_per_unit is null then null
            when contains(usage_key, 'cacheread') then 'cache_read_tokens'
            when contains(usage_key, 'cachewrite') and contains(usage_key, '1h')
                then 'cache_write_1h_tokens'
            when contains(usage_key, 'cachewrite') then 'cache_write_5m_tokens'
            when regexp_matches(usage_key, '(speech|audio)input') then 'input_audio_tokens'
            when regexp_matches(usage_key, '(speech|audio)output') then 'output_audio_tokens'
            when contains(usage_key, 'imageinput') then 'input_image_tokens'
            when contains(usage_key, 'imageoutput') then 'output_image_tokens'
            when contains(usage_key, 'videoinput') then 'input_video_tokens'
            when contains(usage_key, 'videooutput') then 'output_video_tokens'
            when contains(usage_key, 'output') then 'output_tokens'
            else 'input_tokens'
        end as meter,
        case
            when tokens_per_unit is null then null
            when contains(usage_key, 'batch') then 'batch'
            when contains(usage_key, 'flex') then 'flex'
            when contains(usage_key, 'priority') then 'priority'
            when contains(usage_key, 'latencyoptimized') then 'latency-optimized'
            else 'standard'
        end as service_tier,
        if(
            service = 'aws_bedrock',
            nullif(coalesce(
                json_extract_string(product_map, '$.model'),
                nullif(regexp_extract(
                    product_name, '^(.+?)\s*[(]Amazon Bedrock Edition[)]\s*$', 1, 'i'
                ), ''),
                regexp_extract(
                    line_item_usage_type,
                    '^(?:[A-Z]{2,4}\d?-)?([^:]+?)-(?:mantle-)?'
                    || '(?:text-|image-|speech-|audio-|video-)?(?:input|output|cache)-',
                    1
                )
            ), ''),
            null
        ) as model,
        if(is_use, try_cast(usage_amount as {{ pricing_quantity_type() }}), null)
            as pricing_quantity,
        if(
            is_use,
            {{ exact_product('usage_amount', 'coalesce(tokens_per_unit, 1)', quantity_type()) }},
            null
        ) as quantity,
        case
            when usage_amount is null then null
            when tokens_per_unit is not null then 'Tokens'
            when unit_text in ('hrs', 'hours', 'hour', 'hr') then 'Hours'
            when unit_text in ('gb-mo', 'gb-month', 'gb-months') then 'GB-Months'
            else coalesce(pricing_unit, product_pricing_unit, 'Units')
        end as stated_unit,
        if(is_use, stated_unit, null) as unit,
        case
            when not is_use or usage_amount is null then null
            when tokens_per_unit = 1 then 'Tokens'
            when tokens_per_unit is not null then tokens_per_unit || ' Tokens'
            else unit
        end as priced_unit,
        -- What a discount takes off is inside the net cost of the lines it is given on.
        bool_or(net_unblended_cost is not null) over (
            partition by source_file
        ) as has_net_costs
    from measured
),

-- A use that a savings plan covers is paid by the plan's fee: AWS states its price and takes it
-- back in a negation, and both are left out of what is billed.
billed as (
    select
        *,
        case
            when line_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation') then 0
            when net_unblended_cost is not null then net_unblended_cost
            when has_net_costs and regexp_matches(line_type, 'Discount$') then 0
            else unblended_cost
        end as billed_amount,
        case
            when line_type = 'RIFee'
                then
                    coalesce(net_unused_upfront, unused_upfront, 0)
                    + coalesce(net_unused_recurring, unused_recurring, 0)
            when line_type = 'SavingsPlanRecurringFee' then plan_commitment - plan_used
        end as unused_amount,
        case
            when is_use or line_type = 'SavingsPlanNegation' then 'Usage'
            when line_type = 'Tax' then 'Tax'
            when line_type = 'Credit' or regexp_matches(line_type, 'Discount$') then 'Credit'
            when regexp_matches(line_type, 'Fee$|Subscription$') then 'Purchase'
            else 'Adjustment'
        end as charge_category
    from worded
),

valued as (
    select
        * replace (if(unused_amount > 0, unused_amount, null) as unused_amount),
        case
            when line_type = 'SavingsPlanCoveredUsage'
                then coalesce(net_plan_cost, plan_cost, billed_amount)
            when line_type = 'DiscountedUsage'
                then coalesce(net_reserved_cost, reserved_cost, billed_amount)
            when
                line_type in ('RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee')
                or (line_type = 'Fee' and reservation_reservation_a_r_n is not null)
                then 0
            else billed_amount
        end as effective_amount,
        if(
            is_use and (stated_list_amount != 0 or billed_amount = 0), stated_list_amount, null
        ) as list_amount,
        if(
            is_use and (list_rate != 0 or billed_amount = 0)
            and try_cast(list_rate as {{ unit_price_type() }}) = list_rate,
            try_cast(list_rate as {{ unit_price_type() }}),
            null
        ) as list_unit_price
    from billed
),

checked as (
    select
        *,
        case
            when csv_problem is not null then csv_problem
            when account_id is null then 'no payer account'
            when billing_period_start is null then 'no readable billing period'
            when line_type is null then 'no line item type'
            when period_start is null or stated_end is null then 'no readable usage times'
            when line_item_unblended_cost is null then 'no cost'
            when unreadable_amount is not null
                then
                    'unreadable or impossible amount of money'
                    || {{ refused_number('unreadable_amount') }}
            when {{ unreadable('line_item_usage_amount', 'usage_amount') }}
                then
                    'unreadable usage amount'
                    || {{ refused_number('line_item_usage_amount', '10^24') }}
            when
                usage_amount is not null and is_use
                and (pricing_quantity is null or quantity is null)
                then
                    'usage amount out of range'
                    || {{ refused_number('line_item_usage_amount', '10^18 as priced') }}
            when currency is null then 'no currency'
            when not {{ is_currency_code('currency') }}
                then 'unknown currency ' || left(currency, 20)
        end as refusal,
        if(
            csv_problem is null,
            md5(cast(to_json([
                {%- for column in (needed + read)
                    if column not in ('identity_line_item_id', 'bill_invoice_id') %}
                    {{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            ]) as varchar)),
            null
        ) as fingerprint
    from valued
),

delivered as (
    {{ billing_deliveries(
        'checked', "fingerprint || coalesce(identity_line_item_id, '')",
        part='line_item_usage_account_id',
    ) }}
),

-- AWS numbers its lines within a delivery: the same number on the same content is the same line,
-- delivered in two files. Equal content under two numbers is charged twice.
copied as (
    select
        *,
        row_number() over (
            partition by
                account_id, billing_period_start, superseded_by is null and copy_of is null,
                refusal is null,
                fingerprint,
                coalesce(identity_line_item_id, source_file || ':' || source_line)
            order by delivery_rank, source_line
        ) as copy_number
    from delivered
),

judged as (
    select
        *,
        case
            when superseded_by is not null then 'superseded'
            when refusal is not null then 'quarantined'
            when copy_of is not null or copy_number > 1 then 'duplicate'
            else 'accepted'
        end as record_status,
        case
            when superseded_by is not null
                then 'the day was delivered again: ' || superseded_by
            when refusal is not null then refusal
            when copy_of is not null then 'the same lines of the period as in ' || copy_of
            when copy_number > 1 then 'the same line was already read'
        end as problem
    from copied
),

records as (
    select
        source_dataset,
        source_file,
        source_line,
        coalesce(
            strftime(billing_period_start, '%Y-%m') || '/' || fingerprint || '#'
            || row_number() over (
                partition by
                    account_id, billing_period_start, fingerprint,
                    if(record_status = 'accepted', '', source_file)
                order by delivery_rank, source_line
            ),
            source_file || ':' || source_line
        ) as record_id,
        record_status,
        problem,
        nullif(concat_ws(
            '; ',
            file_notice,
            if(record_status = 'accepted', delivery_notice, null),
            if(
                charge_category = 'Adjustment' and line_type != 'Refund',
                'unknown line item type ' || left(line_type, 60) || ', taken as an adjustment',
                null
            )
        ), '') as notice,
        if(
            csv_problem is null, cast(if(unit = 'Tokens', quantity, 0) as {{ quantity_type() }}),
            null
        ) as tokens,
        cast(billed_amount as {{ money_type() }}) as amount,
        if(billed_amount is not null, currency, null) as currency,
        account_id,
        {{ hide_email('bill_payer_account_name') }} as account_name,
        line_item_usage_account_id as sub_account_id,
        {{ hide_email('line_item_usage_account_name') }} as sub_account_name,
        billing_period_start,
        billing_period_end,
        period_start,
        -- Monthly lines end with their last second.
        greatest(
            if(second(stated_end) = 59, stated_end + interval '1 second', stated_end),
            period_start + interval '1 second'
        ) as period_end,
        line_type,
        charge_category,
        {{ hide_email('line_item_line_item_description') }} as charge_description,
        cast(effective_amount as {{ money_type() }}) as effective_amount,
        cast(unused_amount as {{ money_type() }}) as unused_amount,
        list_amount,
        list_unit_price,
        pricing_quantity,
        if(pricing_quantity is not null, priced_unit, null) as pricing_unit,
        quantity,
        unit,
        bill_invoice_id as invoice_id,
        coalesce(bill_invoicing_entity, line_item_legal_entity) as invoice_issuer_name,
        json_extract_string(product_map, '$.provider') as publisher_name,
        service,
        coalesce(
            stated_service_name, product_product_family, line_item_product_code
        ) as service_name,
        {{ hide_email('line_item_resource_id') }} as resource_id,
        product_region_code as region_id,
        line_item_availability_zone as availability_zone,
        product_sku as sku_id,
        coalesce(pricing_rate_id, pricing_rate_code) as sku_price_id,
        line_item_usage_type as usage_type,
        stated_unit,
        coalesce(reservation_reservation_a_r_n, savings_plan_savings_plan_a_r_n) as commitment_id,
        if(reservation_reservation_a_r_n is not null, 'Reserved Instance', 'Savings Plan')
            as commitment_type,
        try_cast(
            case
                when reservation_reservation_a_r_n is not null then usage_amount
                when is_use then effective_amount
                else billed_amount
            end as {{ pricing_quantity_type() }}
        ) as commitment_quantity,
        model,
        meter,
        service_tier,
        {{ pseudonym('caller') }} as user_id,
        {{ hide_email(cloud_tag('cost_categories', 'cost_?cent(er|re)')) }} as cost_center,
        {{ known_text(cloud_tag('tag_entries', 'department')) }} as tag_department,
        {{ known_text(cloud_tag('tag_entries', 'feature')) }} as feature,
        {{ hidden_tags('tag_entries') }} as hidden_entries,
        {{ tags_json('hidden_entries') }} as tags
    from judged
),

final as (
    select * exclude (hidden_entries) from records
    union all by name
    {{ refused_files() }}
)

select * from final

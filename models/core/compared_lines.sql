{{ config(materialized='table') }}
{#- Half of the last digit that a bill writes: 0.005 for hundredths. -#}
{%- set half_digit = "cast('0.' || repeat('0', digits) || '5' as " ~ money_type() ~ ")" %}

with measured_bill_lines as (
    select * from {{ ref('measured_bill_lines') }}
),

bill_lines as (
    select * from {{ ref('bill_lines') }}
),

focus_charges as (
    select * from {{ ref('focus_charges') }}
),

usage_charges as (
    select * from {{ ref('usage_charges') }}
    where cost_basis = 'Reported'
),

sourced_usage as (
    select * from {{ ref('sourced_usage') }}
    where is_billable and evidence != 'bill'
),

sourced_seats as (
    select * from {{ ref('sourced_seats') }}
    where pricing_quantity != 0
),

dated_prices as (
    select * from {{ ref('dated_prices') }}
),

model_names as (
    select * from {{ ref('model_names') }}
),

meters as (
    select * from {{ ref('meters') }}
),

billing_accounts as (
    select * from {{ ref('billing_accounts') }}
),

source_days as (
    select
        *,
        if(charge_kind = 'seats', 'seat', 'usage') as charge_scope
    from {{ ref('billing_source_days') }}
),

-- What vendors charge, by the same choice as charge. measured_bill_lines may have taken a quantity
-- from a log; only what the bill itself states can be compared with one.
stated_lines as (
    select
        measured.source_dataset,
        measured.service,
        measured.account_id,
        measured.charge_scope,
        cast(date_trunc('month', measured.period_start) as date) as billing_month,
        measured.period_end,
        measured.charge_category,
        measured.meter,
        measured.sku,
        measured.model,
        coalesce(dated_prices.model_id, model_names.model_id) as model_id,
        measured.plan_type,
        measured.service_tier,
        measured.inference_geo,
        measured.currency,
        measured.unit,
        bill_lines.quantity,
        measured.net_amount as amount,
        coalesce(
            {{ exact_product('measured.unit_price', 'bill_lines.quantity', money_type()) }},
            measured.list_amount
        ) as own_amount,
        if(
            dated_prices.price_currency = measured.currency,
            dated_prices.contracted_unit_price,
            null
        ) as book_unit_price,
        dated_prices.pricing_unit as book_pricing_unit
    from measured_bill_lines as measured
    inner join bill_lines on measured.bill_line_id = bill_lines.bill_line_id
    inner join source_days
        on
            {{ source_day_condition(
                'measured', charge_kind('measured.charge_scope', 'measured.charge_category'),
                'measured.period_start', 'source_days'
            ) }}
            and source_days.is_billing_source
    left join model_names
        on measured.service = model_names.service and measured.model = model_names.model
    left join dated_prices
        on {{ price_condition('measured', 'measured.period_start') }}
),

-- Lines in FOCUS terms, and of sellers that state each call's charge.
other_lines as (
    select
        source_dataset,
        service,
        account_id,
        charge_scope,
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        period_end,
        charge_category,
        meter,
        coalesce(sku_meter, sku_id) as sku,
        model,
        cast(null as varchar) as model_id,
        service_tier,
        cast(null as varchar) as inference_geo,
        currency,
        unit,
        quantity,
        amount,
        {{ exact_product(
            'coalesce(contracted_unit_price, list_unit_price)', 'pricing_quantity', money_type()
        ) }} as own_amount
    from focus_charges
    union all
    select
        source_dataset,
        service,
        account_id,
        'usage' as charge_scope,
        cast(date_trunc('month', period_start) as date) as billing_month,
        period_end,
        charge_category,
        meter,
        sku_id as sku,
        model,
        model_id,
        service_tier,
        inference_geo,
        currency,
        unit,
        quantity,
        amount,
        cast(null as {{ money_type() }}) as own_amount
    from usage_charges
),

billed as (
    select
        * replace (
            cast(own_amount as {{ money_type() }}) as own_amount
        )
    from stated_lines
    union all by name
    select
        other_lines.* replace (
            coalesce(other_lines.model_id, model_names.model_id) as model_id,
            cast(other_lines.own_amount as {{ money_type() }}) as own_amount
        ),
        cast(null as varchar) as plan_type,
        cast(null as {{ unit_price_type() }}) as book_unit_price,
        cast(null as varchar) as book_pricing_unit
    from other_lines
    left join model_names
        on other_lines.service = model_names.service and other_lines.model = model_names.model
),

-- Usage after this moment cannot be in the bill.
bill_ends as (
    select
        service,
        account_id,
        charge_scope,
        billing_month,
        max(period_end) as billed_until
    from billed
    where charge_category in ('Usage', 'Purchase')
    group by all
),

log_months as (
    select distinct
        source_dataset,
        service,
        account_id,
        charge_scope,
        billing_month
    from source_days
    where evidence != 'bill'
),

-- A bill or a log that names no account may speak of any.
log_ends as (
    select
        log_months.service,
        log_months.account_id,
        log_months.charge_scope,
        log_months.billing_month,
        log_months.source_dataset,
        max(bill_ends.billed_until) as billed_until
    from log_months
    left join bill_ends
        on
            log_months.service = bill_ends.service
            and log_months.charge_scope = bill_ends.charge_scope
            and log_months.billing_month = bill_ends.billing_month
            and (
                log_months.account_id is null
                or bill_ends.account_id is null
                or log_months.account_id = bill_ends.account_id
            )
    group by all
),

logged as (
    select
        sourced_usage.source_dataset,
        sourced_usage.service,
        sourced_usage.account_id,
        'usage' as charge_scope,
        sourced_usage.billing_month,
        sourced_usage.is_best_log,
        sourced_usage.started_at as charged_on,
        sourced_usage.meter,
        coalesce(sourced_usage.model_id, lower(sourced_usage.model)) as model_key,
        concat_ws('/', sourced_usage.service_tier, sourced_usage.inference_geo) as price_class,
        coalesce(sourced_usage.price_currency, sourced_usage.stated_currency) as currency,
        meters.consumed_unit as unit,
        sourced_usage.quantity,
        sourced_usage.pricing_unit,
        sourced_usage.contracted_unit_price as book_unit_price,
        sourced_usage.contracted_cost as amount,
        sourced_usage.list_cost as list_amount
    from sourced_usage
    left join meters on sourced_usage.meter = meters.meter
    union all
    select
        sourced_seats.source_dataset,
        sourced_seats.service,
        sourced_seats.account_id,
        'seat' as charge_scope,
        sourced_seats.billing_month,
        sourced_seats.is_best_log,
        cast(sourced_seats.month_start as timestamp) as charged_on,
        'seats' as meter,
        sourced_seats.plan_type as model_key,
        'standard' as price_class,
        sourced_seats.currency,
        sourced_seats.pricing_unit as unit,
        sourced_seats.pricing_quantity as quantity,
        sourced_seats.pricing_unit,
        sourced_seats.contracted_unit_price as book_unit_price,
        {{ exact_product(
            'sourced_seats.contracted_unit_price', 'sourced_seats.pricing_quantity', money_type()
        ) }} as amount,
        {{ exact_product(
            'sourced_seats.list_unit_price', 'sourced_seats.pricing_quantity', money_type()
        ) }} as list_amount
    from sourced_seats
),

logs as (
    select
        'log' as side,
        logged.source_dataset,
        logged.service,
        logged.account_id,
        logged.charge_scope,
        log_ends.billing_month,
        logged.is_best_log as is_compared,
        'metered' as charge_kind,
        logged.meter,
        cast(null as varchar) as sku,
        logged.model_key,
        logged.price_class,
        logged.currency,
        logged.unit,
        true as is_measured,
        logged.pricing_unit,
        logged.book_unit_price,
        coalesce(
            logged.charge_scope = 'usage' and logged.charged_on >= log_ends.billed_until, false
        ) as is_late,
        count(*) as line_count,
        sum(logged.quantity) as quantity,
        sum(coalesce(logged.amount, 0)) as amount,
        sum(coalesce(logged.list_amount, 0)) as list_amount
    from logged
    inner join log_ends
        on
            logged.source_dataset = log_ends.source_dataset
            and logged.service = log_ends.service
            and logged.account_id is not distinct from log_ends.account_id
            and logged.charge_scope = log_ends.charge_scope
            and logged.billing_month = log_ends.billing_month
    group by all
),

-- A line in FOCUS terms is not in the price book; where the logs priced that model and class at one
-- price in the month, that is the book's.
log_prices as (
    select
        service,
        charge_scope,
        billing_month,
        meter,
        model_key,
        price_class,
        currency,
        min(pricing_unit) as pricing_unit,
        min(book_unit_price) as book_unit_price
    from logs
    where is_compared and book_unit_price is not null
    group by all
    having count(distinct book_unit_price) = 1 and count(distinct pricing_unit) = 1
),

keyed as (
    select
        billed.* replace (
            coalesce(billed.service_tier, 'standard') as service_tier
        ),
        case billed.charge_category
            when 'Tax' then 'tax'
            when 'Credit' then 'credit'
            when 'Adjustment' then 'credit'
            else 'metered'
        end as charge_kind,
        if(
            billed.charge_scope = 'seat',
            billed.plan_type,
            coalesce(billed.model_id, lower(billed.model))
        ) as model_key,
        concat_ws('/', coalesce(billed.service_tier, 'standard'), billed.inference_geo)
            as price_class,
        coalesce(
            billed.quantity is not null
            and coalesce(billed.unit, meters.consumed_unit) = meters.consumed_unit,
            false
        ) as is_measured,
        coalesce(billed.unit, meters.consumed_unit) as known_unit,
        length(rtrim(split_part(cast(abs(billed.amount) as varchar), '.', 2), '0')) as own_digits
    from billed
    left join meters on billed.meter = meters.meter
),

booked as (
    select
        keyed.* replace (
            if(
                keyed.charge_kind = 'metered' and keyed.is_measured,
                coalesce(keyed.book_unit_price, log_prices.book_unit_price),
                null
            ) as book_unit_price
        ),
        if(keyed.book_unit_price is not null, keyed.book_pricing_unit, log_prices.pricing_unit)
            as pricing_unit,
        -- The digits that a bill writes: those of its longest amount, and never below hundredths.
        greatest(
            2,
            max(keyed.own_digits) filter (where keyed.charge_kind = 'metered') over (
                partition by
                    keyed.source_dataset, keyed.service, keyed.account_id, keyed.billing_month
            )
        ) as digits
    from keyed
    left join log_prices
        on
            keyed.service = log_prices.service
            and keyed.charge_scope = log_prices.charge_scope
            and keyed.billing_month = log_prices.billing_month
            and keyed.meter = log_prices.meter
            and keyed.model_key = log_prices.model_key
            and keyed.price_class = log_prices.price_class
            and keyed.currency = log_prices.currency
),

valued as (
    select
        *,
        {{ half_digit }} as half_digit,
        {{ exact_product(
            'book_unit_price', pricing_quantity_of('quantity', 'pricing_unit'), money_type()
        ) }} as book_amount
    from booked
),

-- Why a line does not cost what the book says: the bill rounded it, states a discount on it, or has
-- another unit price.
explained as (
    select
        *,
        case
            when book_amount is null then null
            when abs(amount - book_amount) <= half_digit then amount - book_amount
            when own_amount is not null and abs(amount - own_amount) <= half_digit
                then amount - own_amount
            else 0
        end as rounding_amount,
        case
            when book_amount is null then null
            when abs(amount - book_amount) <= half_digit then 0
            when own_amount is null or abs(amount - own_amount) <= half_digit then 0
            else amount - own_amount
        end as discount_amount
    from valued
),

bills as (
    select
        'bill' as side,
        source_dataset,
        service,
        account_id,
        charge_scope,
        billing_month,
        true as is_compared,
        charge_kind,
        meter,
        if(meter is null, coalesce(sku, charge_category), null) as sku,
        model_key,
        price_class,
        currency,
        known_unit as unit,
        is_measured,
        book_amount is not null as is_booked,
        if(book_amount is not null, pricing_unit, null) as pricing_unit,
        if(book_amount is not null, book_unit_price, null) as book_unit_price,
        false as is_late,
        half_digit,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(amount) as amount,
        sum(book_amount) as book_amount,
        sum(rounding_amount) as rounding_amount,
        sum(discount_amount) as discount_amount,
        sum(amount - book_amount - rounding_amount - discount_amount) as price_amount
    from explained
    group by all
),

united as (
    select * from bills
    union all by name
    select
        *,
        book_unit_price is not null as is_booked
    from logs
),

-- Usage without a price has no currency of its own; it stands with the money of its month, if that
-- is of one currency. XXX is ISO 4217 for none.
located as (
    select
        united.* replace (
            coalesce(
                united.currency,
                if(
                    count(distinct united.currency) over same_month = 1,
                    max(united.currency) over same_month,
                    null
                ),
                'XXX'
            ) as currency
        ),
        coalesce(billing_accounts.billing_account_id, united.account_id) as billing_account_id
    from united
    left join billing_accounts
        on
            united.service = billing_accounts.service
            and united.account_id is not distinct from billing_accounts.account_id
    window same_month as (
        partition by united.service, united.charge_scope, united.billing_month
    )
),

final as (
    select
        side,
        source_dataset,
        service,
        account_id,
        billing_account_id,
        charge_scope,
        billing_month,
        is_compared,
        charge_kind,
        meter,
        sku,
        model_key,
        price_class,
        currency,
        unit,
        is_measured,
        is_booked,
        is_late,
        pricing_unit,
        book_unit_price,
        cast(sum(line_count) as bigint) as line_count,
        cast(sum(quantity) as decimal(38, 10)) as quantity,
        cast(sum(amount) as {{ money_type() }}) as amount,
        cast(sum(list_amount) as {{ money_type() }}) as list_amount,
        cast(sum(book_amount) as {{ money_type() }}) as book_amount,
        cast(sum(rounding_amount) as {{ money_type() }}) as rounding_amount,
        cast(sum(discount_amount) as {{ money_type() }}) as discount_amount,
        cast(sum(price_amount) as {{ money_type() }}) as price_amount,
        max(half_digit) as half_digit
    from located
    group by all
)

select * from final

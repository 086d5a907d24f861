{{ config(materialized='table') }}
{%- set money = money_type() %}
{%- set causes = [
    'price', 'tier_or_batch_discount', 'missing_logs', 'extra_logs', 'rounding', 'credits', 'tax',
    'late_data', 'unexplained',
] %}

with charge_lines as (
    select * from {{ ref('charge_lines') }}
),

compared_lines as (
    select * from {{ ref('compared_lines') }}
    where is_compared
),

-- Where one side names its account and the other does not, all accounts of the service stand in one
-- comparison: a log without an account is joined to none.
placed as (
    select
        *,
        bool_or(billing_account_id is null) over same_service
        and bool_or(billing_account_id is not null) over same_service as is_by_service
    from compared_lines
    window same_service as (partition by service, charge_scope, billing_month)
),

accounted as (
    select
        * replace (
            if(
                is_by_service, null, coalesce(billing_account_id, service || '/default')
            ) as billing_account_id
        ),
        if(side = 'bill', source_dataset, null) as bill_dataset,
        if(side = 'log', source_dataset, null) as log_dataset,
        charge_kind = 'metered' and side = 'bill' as is_billed,
        charge_kind = 'metered' and side = 'log' and not is_late as is_logged
    from placed
),

keyed as (
    select
        *,
        md5(concat_ws(
            chr(31), service, charge_scope, coalesce(billing_account_id, chr(30)), billing_month,
            coalesce(meter, chr(30)), coalesce(sku, chr(30)), currency
        )) as reconciliation_id,
        if(is_billed or is_logged, price_class, null) as pool_class
    from accounted
),

-- What is compared with what: the uses of one model in a row; of all models together where the bill
-- leaves a model out or no log names any.
pooled as (
    select
        *,
        if(
            coalesce(bool_and(model_key is not null) filter (where is_billed) over same_row, true)
            and coalesce(
                bool_or(model_key is not null) filter (where is_logged) over same_row, true
            ),
            model_key,
            null
        ) as pool_model
    from keyed
    where is_billed or is_logged
    window same_row as (partition by reconciliation_id)
),

-- How far a pool can be compared.
judged as (
    select
        *,
        case
            when not bool_or(is_logged) over same_pool then 'only billed'
            when not bool_or(is_billed) over same_pool then 'only logged'
            when bool_or(is_billed and not is_measured) over same_pool then 'money'
            when bool_or(is_billed and not is_booked) over same_pool then 'quantity'
            when count(distinct pricing_unit) over same_pool > 1 then 'quantity'
            when count(distinct model_key) over same_pool > 1 then 'quantity'
            else 'quantity and price'
        end as comparison
    from pooled
    window same_pool as (partition by reconciliation_id, pool_model)
),

-- 1. One side only.
one_sided as (
    select
        reconciliation_id,
        sum(if(is_billed, amount, 0)) as missing_logs,
        -sum(if(is_logged, amount, 0)) as extra_logs
    from judged
    where comparison in ('only billed', 'only logged')
    group by all
),

-- 2. The bill states money and no quantity: what the two sides have in one tier and place is held
-- against each other as a whole.
classes as (
    select
        reconciliation_id,
        pool_model,
        pool_class,
        bool_or(is_billed) as has_bill,
        bool_or(is_logged) as has_log,
        sum(if(is_billed, amount, 0)) as billed,
        sum(if(is_logged, amount, 0)) as priced,
        sum(if(is_billed, {{ exact_product('half_digit', 'line_count', money) }}, 0)) as rounded_by
    from judged
    where comparison = 'money'
    group by all
),

faced as (
    select
        *,
        bool_or(not has_log) over same_pool and bool_or(not has_bill) over same_pool as is_crossed
    from classes
    window same_pool as (partition by reconciliation_id, pool_model)
),

by_money as (
    select
        reconciliation_id,
        if(not has_log and not is_crossed, billed, 0) as missing_logs,
        if(not has_bill and not is_crossed, -priced, 0) as extra_logs,
        if(has_bill and has_log and abs(billed - priced) <= rounded_by, billed - priced, 0)
            as rounding,
        if(
            is_crossed and not (has_bill and has_log)
            or has_bill and has_log and abs(billed - priced) > rounded_by,
            billed - priced,
            0
        ) as unexplained,
        'the bill states no quantity' as gap
    from faced
),

-- 3. Quantities on both sides, and lines that the price book does not know: the same quantity at
-- another amount is a price, anything else stays open.
uses as (
    select
        reconciliation_id,
        pool_model,
        sum(if(is_billed, amount, 0)) as billed,
        sum(if(is_logged, amount, 0)) as priced,
        sum(if(is_billed, {{ exact_product('half_digit', 'line_count', money) }}, 0)) as rounded_by,
        sum(if(is_billed, quantity, 0)) = sum(if(is_logged, quantity, 0))
        and bool_and(is_booked) filter (where is_logged) as is_same_use
    from judged
    where comparison = 'quantity'
    group by all
),

by_quantity as (
    select
        reconciliation_id,
        if(is_same_use and abs(billed - priced) > rounded_by, billed - priced, 0) as price,
        if(is_same_use and abs(billed - priced) <= rounded_by, billed - priced, 0) as rounding,
        if(not is_same_use, billed - priced, 0) as unexplained,
        'the price book has no single price for what is billed' as gap
    from uses
),

-- 4. Quantities and prices on both sides. At book prices, billed less priced is the quantities that
-- one side has and the other has not. Within a model, quantity that moved from one price to another
-- (a tier, a place, a day) is no missing quantity: what stands on both sides is set off first.
variants as (
    select
        reconciliation_id,
        pool_model,
        pool_class,
        book_unit_price,
        book_unit_price is not null as is_priced,
        sum(if(is_billed, quantity, -quantity)) as surplus,
        sum(if(is_billed, rounding_amount, 0)) as rounding,
        sum(if(is_billed, discount_amount, 0)) as discount,
        sum(if(is_billed, price_amount, 0)) as price
    from judged
    where comparison = 'quantity and price'
    group by all
),

priced_by as (
    select
        reconciliation_id,
        pool_model,
        max(pricing_unit) as pricing_unit
    from judged
    group by all
),

-- First against quantity that was logged at another price, then against quantity without a price.
set_off as (
    select
        variants.*,
        priced_by.pricing_unit,
        abs(variants.surplus) as units,
        least(
            coalesce(sum(variants.surplus) filter (where variants.surplus > 0) over same_pool, 0),
            coalesce(
                -sum(variants.surplus) filter (
                    where variants.surplus < 0 and variants.is_priced
                ) over same_pool,
                0
            )
        ) as to_move,
        coalesce(
            -sum(variants.surplus) filter (
                where variants.surplus < 0 and not variants.is_priced
            ) over same_pool,
            0
        ) as without_price,
        coalesce(
            sum(abs(variants.surplus)) over (
                partition by
                    variants.reconciliation_id, variants.pool_model, variants.surplus > 0,
                    variants.is_priced
                order by variants.pool_class, variants.book_unit_price
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as units_before
    from variants
    inner join priced_by
        on
            variants.reconciliation_id = priced_by.reconciliation_id
            and variants.pool_model is not distinct from priced_by.pool_model
    window same_pool as (partition by variants.reconciliation_id, variants.pool_model)
),

moved as (
    select
        *,
        if(is_priced, greatest(0, least(units, to_move - units_before)), 0) as moved_units,
        if(
            is_priced and surplus > 0,
            greatest(0, least(units, to_move + without_price - units_before)),
            0
        ) as known_units
    from set_off
),

split as (
    select
        *,
        greatest(known_units, moved_units) - moved_units as unpriced_units,
        units - greatest(known_units, moved_units) as other_units
    from moved
),

worth as (
    select
        *,
        {%- for units in ['moved', 'unpriced', 'other'] %}
            sign(surplus) * coalesce(
                {{ exact_product(
                    'book_unit_price', pricing_quantity_of(units ~ '_units', 'pricing_unit'), money
                ) }},
                0
            ) as {{ units }}_amount,
        {%- endfor %}
        count(distinct pool_class) filter (where moved_units > 0) over (
            partition by reconciliation_id, pool_model
        ) = 1 as is_one_class
    from split
),

by_price as (
    select
        reconciliation_id,
        price + if(is_one_class, moved_amount, 0) as price,
        discount + if(is_one_class, 0, moved_amount) as tier_or_batch_discount,
        if(surplus > 0, other_amount, 0) as missing_logs,
        if(surplus < 0, other_amount, 0) as extra_logs,
        rounding,
        unpriced_amount as unexplained,
        'usage was logged that the price book has no price for' as gap
    from worth
),

-- Lines that no log can have, and usage that no bill can have yet.
plain_causes as (
    select
        reconciliation_id,
        if(charge_kind = 'credit', amount, 0) as credits,
        if(charge_kind = 'tax', amount, 0) as tax,
        if(side = 'log' and is_late, -amount, 0) as late_data
    from keyed
    where charge_kind in ('credit', 'tax') or is_late
),

stacked as (
    select * from one_sided
    union all by name
    select * from by_money
    union all by name
    select * from by_quantity
    union all by name
    select * from by_price
    union all by name
    select * from plain_causes
),

explained as (
    select
        reconciliation_id,
        {%- for cause in causes %}
            cast(coalesce(sum({{ cause }}), 0) as {{ money }}) as {{ cause }},
        {%- endfor %}
        string_agg(distinct if(unexplained != 0, gap, null), '; ') as gaps
    from stacked
    group by all
),

compared as (
    select
        reconciliation_id,
        service,
        charge_scope,
        billing_account_id,
        is_by_service,
        billing_month,
        meter,
        sku,
        currency,
        bool_or(is_billed) as has_bill,
        bool_or(side = 'log') as has_log,
        if(
            count(distinct unit) filter (where charge_kind = 'metered') = 1,
            max(unit) filter (where charge_kind = 'metered'),
            null
        ) as unit,
        sum(quantity) filter (where is_billed) as billed_quantity,
        sum(quantity) filter (where side = 'log') as logged_quantity,
        sum(quantity) filter (where side = 'log' and not is_booked) as unpriced_quantity,
        sum(if(side = 'bill', amount, 0)) as billed_cost,
        sum(if(side = 'log', list_amount, 0)) as priced_list_cost,
        sum(if(side = 'log', amount, 0)) as priced_cost,
        string_agg(distinct bill_dataset, ', ' order by bill_dataset) as bill_datasets,
        string_agg(distinct log_dataset, ', ' order by log_dataset) as log_datasets
    from keyed
    group by all
),

-- The other side may stand in another currency, and in another article of the same month.
neighboured as (
    select
        compared.*,
        {%- for cause in causes %}
            explained.{{ cause }},
        {%- endfor %}
        explained.gaps,
        bool_or(compared.has_bill) over same_article and not compared.has_bill
            as is_billed_in_other_currency,
        bool_or(compared.has_log) over same_article and not compared.has_log
            as is_logged_in_other_currency,
        bool_or(compared.has_bill) over same_month as has_bill_of_month,
        bool_or(compared.has_log) over same_month as has_log_of_month
    from compared
    left join explained on compared.reconciliation_id = explained.reconciliation_id
    window
        same_article as (
            partition by
                compared.service, compared.charge_scope, compared.billing_account_id,
                compared.billing_month, compared.meter, compared.sku
        ),
        same_month as (
            partition by
                compared.service, compared.charge_scope, compared.billing_account_id,
                compared.billing_month
        )
),

one_currency as (
    select
        * replace (
            if(is_logged_in_other_currency, 0, missing_logs) as missing_logs,
            if(is_billed_in_other_currency, 0, extra_logs) as extra_logs,
            unexplained
            + if(is_logged_in_other_currency, missing_logs, 0)
            + if(is_billed_in_other_currency, extra_logs, 0) as unexplained
        ),
        cast(billed_cost - priced_cost as {{ money }}) as difference,
        cast('{{ var("reconciliation_tolerance") }}' as {{ money }}) as tolerance
    from neighboured
),

judged_rows as (
    select
        *,
        case
            when not has_bill and coalesce(unpriced_quantity, 0) > 0 then 'open'
            when abs(difference) <= tolerance then 'reconciled'
            when abs(unexplained) > tolerance then 'open'
            when not has_log and abs(missing_logs) > tolerance then 'open'
            when not has_bill and abs(extra_logs) > tolerance then 'open'
            else 'explained'
        end as status
    from one_currency
),

account_bases as (
    select
        service,
        billing_account_id,
        charge_scope,
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        billing_currency as currency,
        {{ weakest_basis('x_cost_basis') }} as x_cost_basis
    from charge_lines
    where x_cost_basis in ('Invoiced', 'Reported')
    group by all
),

-- What the bill of the month rests on: per account, and of all accounts of the service together.
bases as (
    select * from account_bases
    union all
    select
        service,
        null as billing_account_id,
        charge_scope,
        billing_month,
        currency,
        {{ weakest_basis('x_cost_basis') }} as x_cost_basis
    from account_bases
    group by service, charge_scope, billing_month, currency
),

based as (
    select
        judged_rows.*,
        bases.x_cost_basis as bill_basis
    from judged_rows
    left join bases
        on
            judged_rows.service = bases.service
            and judged_rows.charge_scope = bases.charge_scope
            and judged_rows.billing_month = bases.billing_month
            and judged_rows.currency = bases.currency
            and judged_rows.billing_account_id is not distinct from bases.billing_account_id
),

final as (
    select
        reconciliation_id,
        service,
        charge_scope,
        billing_account_id,
        if(is_by_service, 'service', 'account') as compared_per,
        billing_month,
        meter,
        sku,
        currency,
        if(has_bill, bill_basis, null) as x_cost_basis,
        unit,
        cast(if(unit is not null, billed_quantity, null) as decimal(38, 10)) as billed_quantity,
        cast(if(unit is not null, logged_quantity, null) as decimal(38, 10)) as logged_quantity,
        cast(if(unit is not null, unpriced_quantity, null) as decimal(38, 10))
            as unpriced_quantity,
        cast(billed_cost as {{ money }}) as billed_cost,
        cast(priced_list_cost as {{ money }}) as priced_list_cost,
        cast(priced_cost as {{ money }}) as priced_cost,
        difference,
        {%- for cause in causes %}
            cast({{ cause }} as {{ money }}) as {{ cause }},
        {%- endfor %}
        tolerance,
        status,
        case
            when status = 'reconciled' and difference = 0 then 'bill and priced usage are equal'
            when status = 'reconciled' and not (has_bill and has_log)
                then 'one side only, and no more than the tolerance'
            when status = 'reconciled'
                then 'bill and priced usage differ by no more than the tolerance'
            when status = 'explained'
                then
                    'explained by ' || coalesce(nullif(concat_ws(
                        ', ',
                        {%- for cause in causes %}
                            if(abs({{ cause }}) > tolerance, '{{ cause }}', null)
                            {{- ',' if not loop.last }}
                        {%- endfor %}
                    ), ''), 'several small causes')
                    || if(unpriced_quantity > 0, '; part of what was logged has no price', '')
            when is_logged_in_other_currency or is_billed_in_other_currency
                then 'bill and price book are in different currencies: not compared'
            when not has_bill and not has_bill_of_month then 'no bill of this month yet'
            when not has_bill then 'the bill of this month has no such meter'
            when not has_log and not has_log_of_month then 'no log of this service in this month'
            when not has_log then 'no log of this month has this meter'
            else coalesce(gaps, 'no cause is known')
        end as reason,
        bill_datasets,
        log_datasets
    from based
)

select * from final

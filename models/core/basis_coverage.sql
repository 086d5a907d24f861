{{ config(materialized='table') }}

with compared_lines as (
    select * from {{ ref('compared_lines') }}
),

source_months as (
    select
        source_dataset,
        service,
        account_id,
        if(charge_kind = 'seats', 'seat', 'usage') as charge_scope,
        billing_month,
        bool_or(is_billing_source) as is_billing_source,
        bool_or(is_best_log) as is_best_log
    from {{ ref('billing_source_days') }}
    group by all
),

tokens as (
    select
        *,
        unit = 'Tokens' or ends_with(meter, '_tokens') as is_tokens
    from compared_lines
    where charge_kind = 'metered'
),

-- A bill that states no quantity for some of its tokens does not say how many it billed.
sources as (
    select
        side,
        service,
        account_id,
        billing_account_id,
        charge_scope,
        billing_month,
        source_dataset,
        currency,
        is_compared,
        sum(quantity) filter (where is_tokens) as all_tokens,
        coalesce(
            bool_or(quantity is null and amount != 0) filter (where is_tokens), false
        ) as has_unknown_tokens,
        sum(quantity) filter (where is_tokens and side = 'log' and not is_booked)
            as unpriced_tokens,
        if(bool_or(side = 'bill' or is_booked), sum(amount), null) as amount
    from tokens
    group by all
),

measured as (
    select
        *,
        if(has_unknown_tokens, null, all_tokens) as tokens
    from sources
),

-- Days of a month on which a log is held against the bill, and days on which another one is.
months as (
    select
        * exclude (is_compared, all_tokens, has_unknown_tokens, unpriced_tokens, amount, tokens),
        if(bool_or(has_unknown_tokens), null, sum(all_tokens)) as tokens,
        sum(unpriced_tokens) as unpriced_tokens,
        sum(amount) as amount
    from measured
    group by all
),

-- Whether accounts can be compared: not where one side names them and the other does not.
accounts as (
    select
        service,
        charge_scope,
        billing_month,
        bool_or(billing_account_id is null) filter (where side = 'bill') as has_nameless_bill,
        bool_or(billing_account_id is not null) filter (where side = 'bill') as has_named_bill,
        bool_or(billing_account_id is null) filter (where side = 'log' and is_compared)
            as has_nameless_log,
        bool_or(billing_account_id is not null) filter (where side = 'log' and is_compared)
            as has_named_log
    from measured
    group by all
),

asked as (
    select
        months.*,
        coalesce(
            if(
                months.side = 'bill',
                (accounts.has_nameless_bill and accounts.has_named_log)
                or (accounts.has_named_bill and accounts.has_nameless_log),
                bool_or(months.billing_account_id is null) over same_source
                and accounts.has_named_bill
                or bool_or(months.billing_account_id is not null) over same_source
                and accounts.has_nameless_bill
            ),
            false
        ) as is_by_service
    from months
    inner join accounts
        on
            months.service = accounts.service
            and months.charge_scope = accounts.charge_scope
            and months.billing_month = accounts.billing_month
    window same_source as (
        partition by
            months.side, months.service, months.charge_scope, months.billing_month,
            months.source_dataset
    )
),

-- Each side in one row per ground: an account, and all accounts of the service together. Of the
-- logs only those that are held against the bill; the parts of one report add up.
by_account as (
    select
        side,
        service,
        charge_scope,
        billing_month,
        currency,
        billing_account_id,
        bool_or(has_unknown_tokens) as has_unknown_tokens,
        sum(tokens) as tokens,
        sum(unpriced_tokens) as unpriced_tokens,
        sum(amount) as amount
    from measured
    where is_compared
    group by all
),

by_service as (
    select
        side,
        service,
        charge_scope,
        billing_month,
        currency,
        bool_or(has_unknown_tokens) as has_unknown_tokens,
        sum(tokens) as tokens,
        sum(unpriced_tokens) as unpriced_tokens,
        sum(amount) as amount
    from by_account
    group by all
),

grounds as (
    select
        * replace (if(has_unknown_tokens, null, tokens) as tokens),
        false as is_by_service
    from by_account
    union all by name
    select
        * replace (if(has_unknown_tokens, null, tokens) as tokens),
        true as is_by_service
    from by_service
),

-- A log's row has what that log saw; a bill's row the logs of its ground.
sided as (
    select
        asked.*,
        if(asked.side = 'log', asked.tokens, log_side.tokens) as logged_tokens,
        if(asked.side = 'log', asked.unpriced_tokens, log_side.unpriced_tokens)
            as known_unpriced_tokens,
        if(asked.side = 'log', asked.amount, log_side.amount) as logged_cost,
        bill_side.tokens as billed_tokens,
        bill_side.amount as billed_cost
    from asked
    left join grounds as log_side
        on
            asked.side = 'bill'
            and log_side.side = 'log'
            and asked.service = log_side.service
            and asked.charge_scope = log_side.charge_scope
            and asked.billing_month = log_side.billing_month
            and asked.currency = log_side.currency
            and asked.is_by_service = log_side.is_by_service
            and (
                asked.is_by_service
                or asked.billing_account_id is not distinct from log_side.billing_account_id
            )
    left join grounds as bill_side
        on
            bill_side.side = 'bill'
            and asked.service = bill_side.service
            and asked.charge_scope = bill_side.charge_scope
            and asked.billing_month = bill_side.billing_month
            and asked.currency = bill_side.currency
            and asked.is_by_service = bill_side.is_by_service
            and (
                asked.is_by_service
                or asked.billing_account_id is not distinct from bill_side.billing_account_id
            )
),

final as (
    select
        sided.service,
        sided.account_id,
        sided.charge_scope,
        sided.billing_month,
        sided.source_dataset,
        sided.side,
        sided.currency,
        source_months.is_billing_source,
        source_months.is_best_log,
        if(sided.is_by_service, 'service', 'account') as compared_per,
        sided.logged_tokens,
        if(sided.logged_tokens is not null, coalesce(sided.known_unpriced_tokens, 0), null)
            as unpriced_tokens,
        sided.billed_tokens,
        cast(sided.logged_tokens / nullif(sided.billed_tokens, 0) as decimal(38, 8))
            as token_coverage,
        cast(sided.logged_cost as {{ money_type() }}) as logged_cost,
        cast(sided.billed_cost as {{ money_type() }}) as billed_cost,
        -- A ratio, not money: the one place where an amount is divided.
        cast(sided.logged_cost / nullif(sided.billed_cost, 0) as decimal(38, 8)) as cost_coverage
    from sided
    inner join source_months
        on
            sided.service = source_months.service
            and sided.account_id is not distinct from source_months.account_id
            and sided.charge_scope = source_months.charge_scope
            and sided.billing_month = source_months.billing_month
            and sided.source_dataset = source_months.source_dataset
)

select * from final

{{ config(materialized='table') }}

-- Days of a service without a source, though it has one before and after; and files of which pages
-- or parts are missing.
with source_days as (
    select * from {{ ref('billing_source_days') }}
    where charge_kind in ('metered', 'seats') and evidence != 'activity'
),

source_money as (
    select * from {{ ref('source_money') }}
    where currency is not null
),

records as (
    select * from {{ ref('landing_records') }}
),

data_end as (
    select max(newest_day) as newest_day from {{ ref('data_ends') }}
),

-- Where some source names its account, only accounts that are named can be missed.
accounts as (
    select distinct
        service,
        charge_kind,
        compared_account
    from source_days
    qualify
        compared_account is not null
        or not bool_or(compared_account is not null) over (partition by service, charge_kind)
),

-- A source without account is there for each account.
known_days as (
    select distinct
        accounts.service,
        accounts.charge_kind,
        accounts.compared_account,
        source_days.charged_on
    from accounts
    inner join source_days
        on
            accounts.service = source_days.service
            and accounts.charge_kind = source_days.charge_kind
            and {{ may_be_same_account('accounts', 'source_days') }}
),

following as (
    select
        *,
        lead(charged_on) over (
            partition by service, charge_kind, compared_account order by charged_on
        ) as next_day
    from known_days
),

-- Before a day that is dated ahead of all data nothing is missing yet.
missing as (
    select
        following.service,
        following.charge_kind,
        following.compared_account,
        following.charged_on + 1 as first_day,
        least(following.next_day - 1, data_end.newest_day) as last_day
    from following
    cross join data_end
    where
        following.next_day > following.charged_on + 1
        and coalesce(following.charged_on < data_end.newest_day, true)
),

day_costs as (
    select
        source_days.service,
        source_days.charge_kind,
        source_days.compared_account,
        if(
            source_days.charge_kind = 'seats',
            cast(date_trunc('month', source_days.charged_on) as date),
            source_days.charged_on
        ) as charged_on,
        source_money.currency,
        sum(source_money.amount) as amount
    from source_days
    inner join source_money
        on
            source_days.source_dataset = source_money.source_dataset
            and source_days.service = source_money.service
            and source_days.account_id is not distinct from source_money.account_id
            and source_days.charge_kind = source_money.charge_kind
            and source_days.charged_on = source_money.charged_on
    where source_days.is_billing_source
    group by all
),

missing_days as (
    select
        *,
        cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as missing_on
    from missing
),

-- What the same day of the week costs in the four weeks before and after. Seats are compared by the
-- month: one without a list costs what the months beside the gap do.
comparable_days as (
    select
        missing_days.service,
        missing_days.charge_kind,
        missing_days.compared_account,
        missing_days.first_day,
        missing_days.last_day,
        missing_days.missing_on,
        day_costs.currency,
        {{ whole_part('sum(day_costs.amount)', 'count(distinct day_costs.charged_on)') }} as amount
    from missing_days
    inner join day_costs
        on
            missing_days.service = day_costs.service
            and missing_days.charge_kind = day_costs.charge_kind
            and {{ may_be_same_account('missing_days', 'day_costs') }}
            and case missing_days.charge_kind
                when 'seats'
                    then
                        day(missing_days.missing_on) = 1
                        and day_costs.charged_on in (
                            date_trunc('month', missing_days.first_day - 1),
                            date_trunc('month', missing_days.last_day + 1)
                        )
                else
                    isodow(missing_days.missing_on) = isodow(day_costs.charged_on)
                    and abs(missing_days.missing_on - day_costs.charged_on) <= 28
            end
    group by all
),

comparable as (
    select
        missing.service,
        missing.charge_kind,
        missing.compared_account,
        missing.first_day,
        missing.last_day,
        comparable_days.currency,
        sum(comparable_days.amount) as amount
    from missing
    left join comparable_days
        on
            missing.service = comparable_days.service
            and missing.charge_kind = comparable_days.charge_kind
            and missing.compared_account is not distinct from comparable_days.compared_account
            and missing.first_day = comparable_days.first_day
    group by all
),

unread as (
    select
        source_dataset,
        source_file,
        problem
    from records
    where contains(problem, 'missing') and contains(problem, 'page')
    group by all
),

final as (
    select
        'no source' as gap,
        service,
        charge_kind,
        compared_account,
        first_day,
        last_day,
        cast(null as varchar) as source_file,
        'nothing covers these days, though days before and after are covered' as reason,
        currency,
        cast(amount as {{ money_type() }}) as expected_amount,
        -- Weekends of a service that is used on working days.
        amount is null or amount = 0 as is_usual
    from comparable
    union all by name
    select
        'pages missing' as gap,
        source_file,
        problem as reason,
        false as is_usual
    from unread
)

select * from final

-- A table: anomalies and their drivers read it several times, and all charges stand behind it.
{{ config(materialized='table') }}
{%- set money = money_type() %}

-- Only usage of a day or less: a monthly fee falls on no day.
with charges as (
    select * from {{ ref('charge') }}
    where
        charge_category = 'Usage'
        and charge_class is null
        and charge_period_end <= charge_period_start + interval '1 day'
),

last_complete_day as (
    select * from {{ ref('last_complete_day') }}
),

spent as (
    select
        service_name,
        x_department,
        coalesce(x_feature, '(no feature)') as feature,
        billing_currency,
        cast(charge_period_start as date) as charge_day,
        sum(effective_cost) as effective_cost
    from charges
    group by all
),

daily as (
    {%- for scope_type, scope_value in {
        'service': 'service_name', 'department': 'x_department', 'feature': 'feature'
    }.items() %}
        {{ 'union all' if not loop.first }}
        select
            '{{ scope_type }}' as scope_type,
            {{ scope_value }} as scope_value,
            billing_currency,
            charge_day,
            sum(effective_cost) as effective_cost
        from spent
        group by all
    {%- endfor %}
),

calendar as (
    select
        scope_type,
        scope_value,
        billing_currency,
        cast(
            unnest(generate_series(min(charge_day), max(charge_day), interval '1 day')) as date
        ) as charge_day
    from daily
    group by scope_type, scope_value, billing_currency
),

-- A day without charges between the first and the last is a day of 0.
days as (
    select
        calendar.*,
        date_diff('day', date '1970-01-01', calendar.charge_day) as day_number,
        isodow(calendar.charge_day) >= 6 as is_weekend,
        coalesce(daily.effective_cost, 0) as effective_cost
    from calendar
    left join daily
        on
            calendar.scope_type = daily.scope_type
            and calendar.scope_value = daily.scope_value
            and calendar.billing_currency = daily.billing_currency
            and calendar.charge_day = daily.charge_day
),

-- Days of its kind (working day or weekend) in the six weeks before.
compared as (
    select
        *,
        coalesce(
            list(effective_cost) over (
                partition by scope_type, scope_value, billing_currency, is_weekend
                order by day_number asc
                range between 42 preceding and 1 preceding
            ),
            []
        ) as earlier_costs
    from days
),

-- Medians, unlike averages, are not moved by the last outlier; quantile_disc picks a value that is
-- there, where a median would be interpolated through a DOUBLE.
centred as (
    select
        *,
        len(earlier_costs) as days_compared,
        list_aggregate(earlier_costs, 'quantile_disc', 0.5) as median_cost
    from compared
),

-- A flat price must not turn cents into alarms: the spread is at least 5 % and a hundredth.
measured as (
    select
        *,
        greatest(
            list_aggregate(
                list_transform(earlier_costs, lambda cost: abs(cost - median_cost)),
                'quantile_disc', 0.5
            ),
            {{ exact_product('abs(median_cost)', '0.05', money) }},
            0.01
        ) as spread
    from centred
),

final as (
    select
        measured.scope_type,
        measured.scope_value,
        measured.billing_currency,
        measured.charge_day,
        measured.is_weekend,
        cast(measured.effective_cost as {{ money }}) as effective_cost,
        cast(measured.days_compared as integer) as days_compared,
        cast(measured.median_cost as {{ money }}) as median_cost,
        cast(measured.spread as {{ money }}) as spread,
        cast(measured.effective_cost - measured.median_cost as {{ money }}) as deviation,
        case
            when measured.charge_day > last_complete_day.last_complete_day then 'Not over'
            when measured.days_compared < 8 then 'Too few days'
            when measured.median_cost <= 0 then 'No usual day'
            when
                measured.effective_cost - measured.median_cost
                > {{ exact_product('measured.spread', '5', money) }}
                then 'Unusually high'
            when
                measured.median_cost - measured.effective_cost
                > {{ exact_product('measured.spread', '5', money) }}
                then 'Unusually low'
            else 'Usual'
        end as verdict
    from measured
    cross join last_complete_day
)

select * from final

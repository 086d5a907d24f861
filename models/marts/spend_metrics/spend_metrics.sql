-- A table: the trend needs all months of a department and service, and BI asks for one.
{{ config(materialized='table') }}
{%- set money = money_type() %}

with charges as (
    select * from {{ ref('charge') }}
),

last_complete_day as (
    select * from {{ ref('last_complete_day') }}
),

data_ends as (
    select * from {{ ref('data_ends') }}
),

monthly as (
    select
        cast(date_trunc('month', charge_period_start) as date) as charge_month,
        x_department as department,
        service_name,
        billing_currency,
        count(*) as charge_count,
        {{ weakest_basis('x_cost_basis') }} as x_cost_basis,
        sum(effective_cost) as effective_cost,
        sum(if(x_is_agentic, effective_cost, 0)) as agentic_cost,
        sum(if(not x_is_agentic, effective_cost, 0)) as other_cost,
        sum(if(x_is_agentic is null, effective_cost, 0)) as unknown_cost,
        sum(effective_cost) filter (where consumed_unit = 'Tokens') as token_cost,
        sum(consumed_quantity) filter (where consumed_unit = 'Tokens') as tokens,
        sum(x_input_tokens) as input_tokens,
        sum(x_cached_tokens) as cached_tokens,
        sum(x_output_tokens) as output_tokens
    from charges
    group by all
),

-- The newest month with charges, but for those that are dated ahead of the data.
data_end as (
    select {{ last_month('charge_month', 'data_ends') }} as last_month from monthly
),

series as (
    select
        department,
        service_name,
        billing_currency,
        min(charge_month) as first_month,
        max(charge_month) as last_month
    from monthly
    group by department, service_name, billing_currency
),

-- A month without charges is 0 and not left out, or the next would be compared with the wrong one.
calendar as (
    select
        series.department,
        series.service_name,
        series.billing_currency,
        data_end.last_month,
        cast(
            unnest(generate_series(
                series.first_month,
                greatest(series.last_month, data_end.last_month),
                interval '1 month'
            )) as date
        ) as charge_month
    from series
    cross join data_end
),

complete as (
    select
        calendar.*,
        monthly.charge_count,
        monthly.x_cost_basis,
        monthly.agentic_cost,
        monthly.other_cost,
        monthly.unknown_cost,
        monthly.token_cost,
        monthly.tokens,
        monthly.input_tokens,
        monthly.cached_tokens,
        monthly.output_tokens,
        coalesce(monthly.effective_cost, 0) as effective_cost
    from calendar
    left join monthly
        on
            calendar.charge_month = monthly.charge_month
            and calendar.department = monthly.department
            and calendar.service_name = monthly.service_name
            and calendar.billing_currency = monthly.billing_currency
),

trended as (
    select
        *,
        lag(effective_cost) over same_series as previous_month_cost,
        if(
            row_number() over same_series >= 3,
            sum(effective_cost) over (same_series rows between 2 preceding and current row),
            null
        ) as three_month_cost,
        if(
            row_number() over same_series >= 6,
            sum(effective_cost) over (same_series rows between 5 preceding and 3 preceding),
            null
        ) as previous_three_month_cost
    from complete
    window same_series as (
        partition by department, service_name, billing_currency order by charge_month asc
    )
),

final as (
    select
        trended.charge_month,
        trended.department,
        trended.service_name,
        trended.billing_currency,
        trended.charge_month + interval '1 month'
        <= last_complete_day.last_complete_day + interval '1 day' as is_complete,
        coalesce(trended.charge_count, 0) as charge_count,
        trended.x_cost_basis,
        cast(trended.effective_cost as {{ money }}) as effective_cost,
        cast(coalesce(trended.agentic_cost, 0) as {{ money }}) as agentic_cost,
        cast(coalesce(trended.other_cost, 0) as {{ money }}) as not_agentic_cost,
        cast(coalesce(trended.unknown_cost, 0) as {{ money }}) as agentic_unknown_cost,
        try_cast(
            trended.agentic_cost / nullif(trended.agentic_cost + trended.other_cost, 0)
            as decimal(18, 6)
        ) as agentic_share,
        cast(trended.token_cost as {{ money }}) as token_cost,
        cast(trended.tokens as decimal(38, 10)) as tokens,
        cast(trended.input_tokens as decimal(38, 10)) as input_tokens,
        cast(trended.cached_tokens as decimal(38, 10)) as cached_tokens,
        cast(trended.output_tokens as decimal(38, 10)) as output_tokens,
        cast(
            {{ exact_ratio(
                exact_product(
                    'cast(trended.token_cost as decimal(38, 16))', '1000000', 'decimal(38, 10)'
                ),
                'trended.tokens'
            ) }} as decimal(18, 6)
        ) as cost_per_million_tokens,
        try_cast(
            trended.output_tokens
            / nullif(coalesce(trended.input_tokens, 0) + coalesce(trended.cached_tokens, 0), 0)
            as decimal(18, 6)
        ) as output_per_input,
        try_cast(
            trended.cached_tokens
            / nullif(coalesce(trended.input_tokens, 0) + trended.cached_tokens, 0)
            as decimal(18, 6)
        ) as cache_hit_rate,
        cast(trended.previous_month_cost as {{ money }}) as previous_month_cost,
        cast(trended.effective_cost - trended.previous_month_cost as {{ money }}) as month_change,
        try_cast(
            (trended.effective_cost - trended.previous_month_cost)
            / nullif(trended.previous_month_cost, 0) as decimal(18, 6)
        ) as month_change_share,
        cast(trended.three_month_cost as {{ money }}) as three_month_cost,
        cast(trended.previous_three_month_cost as {{ money }}) as previous_three_month_cost,
        try_cast(
            (trended.three_month_cost - trended.previous_three_month_cost)
            / nullif(trended.previous_three_month_cost, 0) as decimal(18, 6)
        ) as three_month_change_share
    from trended
    cross join last_complete_day
    -- After it only what is dated ahead is known.
    where trended.charge_count > 0 or trended.charge_month <= trended.last_month
)

select * from final

{{ config(materialized='table') }}
{%- set money = money_type() %}

with charges as (
    select * from {{ ref('charge') }}
    where
        charge_category = 'Usage'
        and charge_class is null
        and charge_period_end <= charge_period_start + interval '1 day'
),

unusual as (
    select
        *,
        md5(concat_ws(chr(31), scope_type, scope_value, billing_currency, charge_day))
            as anomaly_id,
        verdict = 'Unusually high' as is_high
    from {{ ref('daily_verdicts') }}
    where verdict in ('Unusually high', 'Unusually low')
),

-- The unusual day itself and the days it was compared with.
days as (
    select
        anomaly_id,
        scope_type,
        scope_value,
        billing_currency,
        charge_day,
        true as is_the_day
    from unusual
    union all
    select
        unusual.anomaly_id,
        unusual.scope_type,
        unusual.scope_value,
        unusual.billing_currency,
        earlier.charge_day,
        false as is_the_day
    from unusual
    inner join {{ ref('daily_verdicts') }} as earlier
        on
            unusual.scope_type = earlier.scope_type
            and unusual.scope_value = earlier.scope_value
            and unusual.billing_currency = earlier.billing_currency
            and unusual.is_weekend = earlier.is_weekend
            and unusual.charge_day > earlier.charge_day
            and unusual.charge_day <= earlier.charge_day + 42
),

spent as (
    select
        service_name,
        x_department,
        coalesce(x_feature, '(no feature)') as feature,
        billing_currency,
        cast(charge_period_start as date) as charge_day,
        x_ai_model as ai_model,
        x_user as user_pseudonym,
        sum(effective_cost) as effective_cost,
        sum(effective_cost) filter (where consumed_unit = 'Tokens') as token_cost,
        sum(consumed_quantity) filter (where consumed_unit = 'Tokens') as tokens
    from charges
    group by all
),

parts as (
    {%- for scope_type, scope_value in {
        'service': 'service_name', 'department': 'x_department', 'feature': 'feature'
    }.items() %}
        {{ 'union all' if not loop.first }}
        select
            days.anomaly_id,
            days.is_the_day,
            spent.service_name,
            spent.ai_model,
            spent.user_pseudonym,
            spent.effective_cost,
            spent.token_cost,
            spent.tokens
        from days
        inner join spent
            on
                days.scope_type = '{{ scope_type }}'
                and days.scope_value = spent.{{ scope_value }}
                and days.billing_currency = spent.billing_currency
                and days.charge_day = spent.charge_day
    {%- endfor %}
),

-- Each service, model and person against its own average on the days compared.
drivers as (
    {%- for driver in ['service_name', 'ai_model', 'user_pseudonym'] %}
        {{ 'union all' if not loop.first }}
        select
            anomaly_id,
            '{{ driver }}' as driver_type,
            {{ driver }} as driver,
            coalesce(sum(effective_cost) filter (where is_the_day), 0) as day_cost,
            coalesce(sum(effective_cost) filter (where not is_the_day), 0) as earlier_cost
        from parts
        where {{ driver }} is not null
        group by all
    {%- endfor %}
),

changes as (
    select
        drivers.*,
        drivers.day_cost
        - {{ estimated_part('drivers.earlier_cost', '1', 'unusual.days_compared') }} as cost_change,
        if(unusual.is_high, 1, -1) as direction
    from drivers
    inner join unusual on drivers.anomaly_id = unusual.anomaly_id
),

largest as (
    select
        {%- for driver in ['service_name', 'ai_model', 'user_pseudonym'] %}
            arg_max(driver, (cost_change * direction, driver)) filter (
                where driver_type = '{{ driver }}' and cost_change * direction > 0
            ) as driver_{{ driver }},
            max(cost_change * direction) filter (
                where driver_type = '{{ driver }}' and cost_change * direction > 0
            ) * any_value(direction) as driver_{{ driver }}_cost,
        {%- endfor %}
        anomaly_id
    from changes
    group by anomaly_id
),

-- More tokens, or dearer ones (another model, tier or price): at the usual cost of a token the day
-- would have cost token cost of then x tokens of today / tokens of then.
tokens as (
    select
        anomaly_id,
        sum(token_cost) filter (where is_the_day) as day_cost,
        sum(token_cost) filter (where not is_the_day) as earlier_cost,
        cast(sum(tokens) filter (where is_the_day) as hugeint) as day_tokens,
        cast(sum(tokens) filter (where not is_the_day) as hugeint) as earlier_tokens
    from parts
    group by anomaly_id
),

effects as (
    select
        tokens.anomaly_id,
        {{ estimated_part('tokens.earlier_cost', 'tokens.day_tokens', 'tokens.earlier_tokens') }}
            as usual_price_cost,
        usual_price_cost
        - {{ estimated_part('tokens.earlier_cost', '1', 'unusual.days_compared') }}
            as volume_effect,
        tokens.day_cost - usual_price_cost as price_effect
    from tokens
    inner join unusual on tokens.anomaly_id = unusual.anomaly_id
),

final as (
    select
        unusual.anomaly_id,
        unusual.scope_type,
        unusual.scope_value,
        unusual.billing_currency,
        unusual.charge_day,
        unusual.verdict,
        unusual.effective_cost,
        unusual.median_cost,
        unusual.spread,
        unusual.deviation,
        cast(unusual.deviation / unusual.spread as decimal(18, 2)) as deviation_in_spreads,
        unusual.days_compared,
        {%- for driver in ['service_name', 'ai_model', 'user_pseudonym'] %}
            largest.driver_{{ driver }},
            cast(largest.driver_{{ driver }}_cost as {{ money }}) as driver_{{ driver }}_cost,
        {%- endfor %}
        cast(effects.volume_effect as {{ money }}) as volume_effect,
        cast(effects.price_effect as {{ money }}) as price_effect,
        -- Most of the difference may be what no tokens are told of, such as credits or machines.
        case
            when
                coalesce(
                    2 * (effects.volume_effect + effects.price_effect) * sign(unusual.deviation)
                    < abs(unusual.deviation),
                    true
                )
                then 'not tokens'
            when abs(effects.price_effect) > abs(effects.volume_effect) then 'price'
            else 'volume'
        end as driver_kind
    from unusual
    left join largest on unusual.anomaly_id = largest.anomaly_id
    left join effects on unusual.anomaly_id = effects.anomaly_id
)

select * from final

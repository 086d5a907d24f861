{{ config(materialized='table') }}
{%- set money = money_type() %}
{%- set evidence = evidence_of('usage') %}

with charges as (
    select * from {{ ref('charge') }}
),

outcomes as (
    select * from {{ ref('outcome_events') }}
),

priced_usage as (
    select * replace (coalesce(claimed_user, user_id) as user_id) from {{ ref('priced_usage') }}
    where
        is_billable
        and coalesce(request_id, session_id, tags) is not null
),

attribution as (
    select * from {{ ref('attribution') }}
),

-- Charges that look alike: the same service, day, owner and currency.
cells as (
    select
        service,
        cast(charge_period_start as date) as charged_on,
        charge_period_end <= charge_period_start + interval 1 day as is_of_one_day,
        cast(date_trunc('month', billing_period_start) as date) as billing_month,
        x_department as charged_department,
        {{ known_text('x_feature') }} as charged_feature,
        billing_currency as currency,
        {{ weakest_basis('x_cost_basis') }} as x_cost_basis,
        cast(sum(effective_cost) as {{ money }}) as cell_cost
    from charges
    group by all
),

-- 1. By request, by session, by tag: the calls that an outcome names.
tag_keys as (
    select distinct tag_key
    from outcomes
    where join_key = 'tag' and regexp_full_match(tag_key, '[\w.-]+')
),

tagged_calls as (
    select
        priced_usage.usage_id,
        tag_keys.tag_key,
        json_extract_string(priced_usage.tags, '$."' || tag_keys.tag_key || '"') as tag_value
    from priced_usage
    cross join tag_keys
    where priced_usage.tags is not null
),

matches as (
    select
        priced_usage.usage_id,
        outcomes.outcome_id,
        outcomes.occurred_at,
        1 as match_order
    from priced_usage
    inner join outcomes
        on priced_usage.request_id = outcomes.join_value and outcomes.join_key = 'request'
    union all
    select
        priced_usage.usage_id,
        outcomes.outcome_id,
        outcomes.occurred_at,
        2 as match_order
    from priced_usage
    inner join outcomes
        on priced_usage.session_id = outcomes.join_value and outcomes.join_key = 'session'
    union all
    select
        tagged_calls.usage_id,
        outcomes.outcome_id,
        outcomes.occurred_at,
        3 as match_order
    from tagged_calls
    inner join outcomes
        on
            tagged_calls.tag_key = outcomes.tag_key
            and tagged_calls.tag_value = outcomes.join_value
            and outcomes.join_key = 'tag'
),

-- A call belongs to one outcome: the closest key, then the earliest outcome.
first_matches as (
    select
        usage_id,
        outcome_id,
        match_order
    from matches
    qualify row_number() over (
        partition by usage_id
        order by match_order asc, occurred_at asc, outcome_id asc
    ) = 1
),

matched_calls as (
    select
        priced_usage.*,
        first_matches.outcome_id,
        first_matches.match_order,
        cast(priced_usage.started_at as date) as called_on
    from priced_usage
    inner join first_matches on priced_usage.usage_id = first_matches.usage_id
),

keyed_calls as (
    select
        *,
        {{ evidence_key('called_on', evidence) }} as evidence_key,
        coalesce(stated_currency, price_currency) as currency,
        if(stated_currency is not null, stated_cost, contracted_cost) as call_cost
    from matched_calls
),

told as (
    select
        keyed_calls.outcome_id,
        keyed_calls.match_order,
        keyed_calls.service,
        keyed_calls.source_dataset,
        keyed_calls.called_on,
        coalesce(attribution.department_name, 'Unattributed') as charged_department,
        {{ known_text('coalesce(keyed_calls.feature, attribution.ruled_feature)') }}
            as charged_feature,
        keyed_calls.currency,
        count(*) as call_count,
        sum(keyed_calls.call_cost) as call_cost
    from keyed_calls
    left join attribution on keyed_calls.evidence_key = attribution.evidence_key
    where keyed_calls.call_cost > 0
    group by all
),

-- Several logs may hold the same calls: of each service the one that tells most of them.
sources as (
    select
        outcome_id,
        service,
        source_dataset
    from told
    group by outcome_id, service, source_dataset
    qualify row_number() over (
        partition by outcome_id, service
        order by sum(call_count) desc, source_dataset asc
    ) = 1
),

-- What the calls cost by the log is taken out of what was charged for them, never more.
claims as (
    select
        cells.*,
        told.outcome_id,
        told.match_order,
        cast(told.call_cost as {{ money }}) as call_cost,
        sum(told.call_cost) over same_cell as claimed_cost
    from told
    inner join sources
        on
            told.outcome_id = sources.outcome_id
            and told.service = sources.service
            and told.source_dataset = sources.source_dataset
    inner join cells
        on
            told.service = cells.service
            and told.called_on = cells.charged_on
            and told.charged_department = cells.charged_department
            and told.charged_feature is not distinct from cells.charged_feature
            and told.currency = cells.currency
            and date_trunc('month', told.called_on) = cells.billing_month
    where cells.is_of_one_day and cells.cell_cost > 0
    window same_cell as (
        partition by
            cells.service, cells.charged_on, cells.charged_department, cells.charged_feature,
            cells.currency
    )
),

traced as (
    select
        * exclude (call_cost, claimed_cost),
        if(
            claimed_cost <= cell_cost,
            call_cost,
            -- Rounded down to 10^-10; what is left stays in the cell.
            {{ decimal_of_units(
                part_of_units(
                    whole_units('cell_cost', 10),
                    whole_units('call_cost', 10),
                    '-' ~ whole_units('-claimed_cost', 10)
                ),
                10, money
            ) }}
        ) as effective_cost
    from claims
),

traced_of_cells as (
    select
        service,
        charged_on,
        billing_month,
        charged_department,
        charged_feature,
        currency,
        sum(effective_cost) as traced_cost
    from traced
    group by all
),

-- 2. By feature and day: what is left goes to the outcomes of the same department, feature and day;
-- of several kinds to the most frequent.
daily_outcomes as (
    select
        occurred_on,
        department,
        feature,
        outcome_type
    from outcomes
    where feature is not null
    group by occurred_on, department, feature, outcome_type
    qualify row_number() over (
        partition by occurred_on, department, feature
        order by sum(quantity) desc, outcome_type asc
    ) = 1
),

rest as (
    select
        cells.*,
        daily_outcomes.outcome_type,
        cast(
            cells.cell_cost - coalesce(traced_of_cells.traced_cost, 0) as {{ money }}
        ) as effective_cost
    from cells
    left join traced_of_cells
        on
            cells.is_of_one_day
            and cells.service = traced_of_cells.service
            and cells.charged_on = traced_of_cells.charged_on
            and cells.billing_month = traced_of_cells.billing_month
            and cells.charged_department = traced_of_cells.charged_department
            and cells.charged_feature is not distinct from traced_of_cells.charged_feature
            and cells.currency = traced_of_cells.currency
    left join daily_outcomes
        on
            cells.is_of_one_day
            and cells.charged_on = daily_outcomes.occurred_on
            and cells.charged_department = daily_outcomes.department
            and cells.charged_feature = daily_outcomes.feature
),

parts as (
    select
        traced.service,
        traced.charged_on,
        traced.billing_month,
        traced.charged_department,
        traced.charged_feature,
        traced.currency,
        traced.outcome_id,
        outcomes.outcome_type,
        outcomes.department,
        outcomes.feature,
        case traced.match_order
            when 1 then 'request' when 2 then 'session' else 'tag'
        end as joined_by,
        traced.x_cost_basis,
        traced.effective_cost
    from traced
    inner join outcomes on traced.outcome_id = outcomes.outcome_id
    union all
    select
        service,
        charged_on,
        billing_month,
        charged_department,
        charged_feature,
        currency,
        cast(null as varchar) as outcome_id,
        outcome_type,
        charged_department as department,
        charged_feature as feature,
        if(outcome_type is not null, 'feature and day', 'nothing') as joined_by,
        x_cost_basis,
        effective_cost
    from rest
),

final as (
    select
        service,
        charged_on,
        billing_month,
        charged_department,
        charged_feature,
        currency,
        outcome_id,
        outcome_type,
        department,
        feature,
        joined_by,
        {{ weakest_basis('x_cost_basis') }} as x_cost_basis,
        cast(sum(effective_cost) as {{ money }}) as effective_cost
    from parts
    group by all
)

select * from final

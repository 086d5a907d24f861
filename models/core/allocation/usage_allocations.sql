{{ config(materialized='table') }}

with covered_lines as (
    select * from {{ ref('covered_lines') }}
),

keys as (
    select * from {{ ref('allocation_keys') }}
),

attribution as (
    select * from {{ ref('attribution') }}
),

datasets as (
    select * from {{ ref('datasets') }}
),

-- Usage that a bill states and that names no person. A line that names neither model nor meter is
-- like no usage in particular: no log explains it.
lines as (
    select
        covered_lines.charge_id,
        covered_lines.service,
        covered_lines.account_id,
        covered_lines.sub_account_id,
        cast(covered_lines.charge_period_start as date) as used_from,
        cast(covered_lines.charge_period_end - interval '1 microsecond' as date) as used_until,
        lower(covered_lines.x_ai_model) as model_key,
        covered_lines.meter,
        coalesce(covered_lines.service_tier, 'standard') as service_tier,
        covered_lines.consumed_unit as unit,
        if(covered_lines.consumed_quantity < 0, 0, covered_lines.consumed_quantity) as quantity,
        covered_lines.billing_currency as currency,
        greatest(covered_lines.effective_cost, 0) as usage_cost,
        attribution.department_id is null as is_unowned,
        attribution.owner_key,
        coalesce(covered_lines.feature, attribution.ruled_feature) as feature
    from covered_lines
    inner join datasets
        on
            covered_lines.x_source_dataset = datasets.source_dataset
            and datasets.evidence = 'bill'
    inner join attribution on covered_lines.evidence_key = attribution.evidence_key
    where
        covered_lines.charge_scope = 'usage'
        and covered_lines.charge_category = 'Usage'
        and covered_lines.commitment_discount_status is distinct from 'Unused'
        and covered_lines.allocated_method_id is null
        and coalesce(covered_lines.x_ai_model, covered_lines.meter) is not null
        and attribution.person is null
),

sources as (
    select
        source_dataset,
        service,
        date_trunc('month', used_on) as used_month,
        bool_or(account_id is not null) as names_accounts,
        bool_or(sub_account_id is not null) as names_sub_accounts
    from keys
    group by source_dataset, service, date_trunc('month', used_on)
),

-- A line is asked of a source in what both of them name. Whoever owns a whole project is not asked
-- of a log that does not tell projects apart.
asked as (
    select
        lines.charge_id,
        sources.source_dataset,
        lines.service,
        if(sources.names_accounts, lines.account_id, null) as account_id,
        if(sources.names_sub_accounts, lines.sub_account_id, null) as sub_account_id,
        lines.used_from,
        lines.used_until,
        lines.model_key,
        lines.meter,
        lines.service_tier,
        lines.unit,
        lines.quantity,
        lines.currency,
        lines.usage_cost,
        md5(concat_ws(
            chr(31), sources.source_dataset, lines.service, lines.used_from, lines.used_until,
            lines.service_tier, lines.unit, lines.currency
            {%- for name in [
                'if(sources.names_accounts, lines.account_id, null)',
                'if(sources.names_sub_accounts, lines.sub_account_id, null)',
                'lines.model_key', 'lines.meter',
            ] %}, coalesce({{ name }}, chr(30))
            {%- endfor %}
        )) as ground
    from lines
    inner join sources
        on
            lines.service = sources.service
            and date_trunc('month', lines.used_from) = sources.used_month
    where lines.is_unowned or (sources.names_sub_accounts and lines.sub_account_id is not null)
),

-- All lines that one part of a log has to explain together.
grounds as (
    select
        ground,
        source_dataset,
        service,
        account_id,
        sub_account_id,
        used_from,
        used_until,
        model_key,
        meter,
        service_tier,
        unit,
        currency,
        if(count(quantity) = count(*), sum(quantity), null) as billed_quantity,
        sum(usage_cost) as billed_cost
    from asked
    group by all
),

days as (
    select
        * exclude (used_from, used_until),
        unnest(generate_series(used_from, used_until, interval '1 day')) as used_on
    from grounds
),

-- Where a line leaves model or meter open, any will do: a key for each way of asking, so that the
-- join below is one of equal values.
ways_of_asking as (
    select distinct
        model_key is null as any_model,
        meter is null as any_meter
    from grounds
),

asked_keys as (
    select
        keys.*,
        ways_of_asking.any_model,
        ways_of_asking.any_meter
    from keys
    cross join ways_of_asking
),

matched as (
    select
        days.ground,
        days.unit = asked_keys.unit as has_unit,
        days.currency = asked_keys.currency as has_currency,
        days.meter is not null as is_one_meter,
        asked_keys.evidence_key,
        asked_keys.feature,
        asked_keys.quantity,
        asked_keys.usage_cost
    from days
    inner join asked_keys
        on
            days.source_dataset = asked_keys.source_dataset
            and days.service = asked_keys.service
            and days.used_on = asked_keys.used_on
            and days.service_tier = asked_keys.service_tier
            and (days.model_key is null) = asked_keys.any_model
            and (days.meter is null) = asked_keys.any_meter
            and coalesce(days.model_key, '')
            = if(asked_keys.any_model, '', coalesce(asked_keys.model_key, ''))
            and coalesce(days.meter, '')
            = if(asked_keys.any_meter, '', coalesce(asked_keys.meter, ''))
            and (
                days.account_id is null
                or asked_keys.account_id is null
                or days.account_id = asked_keys.account_id
            )
            and (
                days.sub_account_id is null
                or asked_keys.sub_account_id is null
                or days.sub_account_id = asked_keys.sub_account_id
            )
),

-- What the log has on each owner. Whoever is known neither by department, feature nor person is
-- part of what the log leaves open.
owned as (
    select
        matched.ground,
        attribution.department_id is not null
        or attribution.person is not null
        or coalesce(matched.feature, attribution.ruled_feature) is not null as is_owned,
        if(is_owned, attribution.owner_key, null) as owner_key,
        coalesce(matched.feature, attribution.ruled_feature) as feature,
        min(matched.evidence_key) as evidence_key,
        sum(matched.quantity) as quantity,
        sum(matched.usage_cost) as usage_cost,
        bool_and(
            coalesce(matched.has_unit and matched.is_one_meter, false)
            and matched.quantity is not null
        ) as has_quantities,
        bool_and(
            coalesce(matched.has_currency, false) and matched.usage_cost is not null
        ) as has_costs
    from matched
    inner join attribution on matched.evidence_key = attribution.evidence_key
    group by all
),

-- By quantity where all of a ground is measured in one unit, else by cost; a ground with an unknown
-- cost in it cannot be divided.
weighed as (
    select
        owned.*,
        grounds.currency,
        grounds.unit,
        bool_and(owned.has_quantities) over same_ground
        and grounds.billed_quantity is not null as is_by_quantity,
        bool_and(owned.has_costs) over same_ground as is_by_cost,
        case
            when is_by_quantity then {{ whole_units('greatest(owned.quantity, 0)', 4) }}
            when is_by_cost then {{ whole_units('greatest(owned.usage_cost, 0)', 10) }}
        end as weight,
        if(
            is_by_quantity,
            {{ whole_units('grounds.billed_quantity', 4) }},
            {{ whole_units('grounds.billed_cost', 10) }}
        ) as billed_weight
    from owned
    inner join grounds on owned.ground = grounds.ground
    window same_ground as (partition by owned.ground)
),

totalled as (
    select
        *,
        sum(weight) over (partition by ground) as logged_weight,
        sum(weight) filter (where is_owned) over (partition by ground) as owned_weight
    from weighed
    where weight > 0
),

-- The part that nobody is known for: what the log leaves open, and what it has not seen.
weights as (
    select
        ground,
        owner_key,
        feature,
        evidence_key,
        if(is_by_quantity, quantity, usage_cost) as usage_quantity,
        if(is_by_quantity, unit, currency) as usage_unit,
        weight
    from totalled
    where is_owned
    union all
    select
        ground,
        null as owner_key,
        null as feature,
        null as evidence_key,
        null as usage_quantity,
        null as usage_unit,
        any_value(greatest(billed_weight, logged_weight) - coalesce(owned_weight, 0)) as weight
    from totalled
    where owned_weight > 0
    group by ground
),

shared as (
    select
        *,
        sum(weight) over (partition by ground) as all_weights
    from weights
    where weight > 0
),

floored as (
    select
        *,
        {{ part_of_units(whole_ratio(), 'weight', 'all_weights') }} as floor_ratio,
        {{ rest_of_units(whole_ratio(), 'weight', 'all_weights') }} as rest
    from shared
),

ratios as (
    select
        *,
        {{ largest_remainder(
            whole_ratio(), 'floor_ratio', 'rest', 'ground',
            'weight desc, owner_key asc, feature asc'
        ) }} as ratio_units
    from floored
),

-- Of several logs the one that says most about who it was.
explained as (
    select
        ground,
        sum(ratio_units) filter (where owner_key is not null) as explained_units
    from ratios
    group by ground
),

choices as (
    select
        asked.charge_id,
        arg_min(
            asked.ground,
            (
                -explained.explained_units,
                {{ evidence_rank('datasets') }},
                asked.source_dataset
            )
        ) as ground
    from asked
    inner join explained on asked.ground = explained.ground
    inner join datasets on asked.source_dataset = datasets.source_dataset
    where explained.explained_units > 0
    group by asked.charge_id
),

parts as (
    select
        choices.charge_id,
        ratios.owner_key,
        ratios.feature,
        ratios.evidence_key,
        cast(ratios.ratio_units as bigint) as ratio_units,
        grounds.source_dataset as key_dataset,
        try_cast(ratios.usage_quantity as {{ money_type() }}) as usage_quantity,
        ratios.usage_unit
    from choices
    inner join ratios on choices.ground = ratios.ground
    inner join grounds on choices.ground = grounds.ground
    where ratios.ratio_units > 0
),

-- A log that only says again what the line says itself divides nothing.
news as (
    select parts.charge_id
    from parts
    inner join lines on parts.charge_id = lines.charge_id
    where
        parts.owner_key != lines.owner_key
        or (parts.owner_key is not null and parts.feature is distinct from lines.feature)
    group by parts.charge_id
),

final as (
    select parts.*
    from parts
    semi join news on parts.charge_id = news.charge_id
)

select * from final

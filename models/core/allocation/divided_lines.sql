{{ config(materialized='table') }}
{#- What is divided, to ten digits; what lies beyond goes to the first part. A consumed quantity may
    be larger than any money: it is divided in millions, and so to four digits, save where it is what is
    priced (money, hours), or less than one. -#}
{%- set in_millions = '(consumed_quantity != coalesce(pricing_quantity, 0) and '
    ~ 'abs(consumed_quantity) >= 1)' %}
{%- set measures = {
    'billed_cost': 'billed_cost', 'effective_cost': 'effective_cost', 'list_cost': 'list_cost',
    'contracted_cost': 'contracted_cost',
    'pricing_currency_effective_cost': 'pricing_currency_effective_cost',
    'pricing_quantity': 'pricing_quantity',
    'consumed_quantity':
        'if(' ~ in_millions ~ ', '
        ~ exact_product('consumed_quantity', '0.000001', money_type())
        ~ ', try_cast(consumed_quantity as ' ~ money_type() ~ '))',
    'commitment_discount_quantity': 'commitment_discount_quantity',
} %}
{#- An amount within ContractApplied, cost or quantity. -#}
{%- set applied_amount = '("ContractCommitmentApplied(?:Cost|Quantity)":)\s*([-+.0-9eE]+)' %}

with covered_lines as (
    select * from {{ ref('covered_lines') }}
),

allocations as (
    select * from {{ ref('allocations') }}
),

divided as (
    select covered_lines.*
    from covered_lines
    semi join allocations on covered_lines.charge_id = allocations.charge_id
),

-- Text by text, for JSON functions read a number as a double.
applied as (
    select
        charge_id,
        unnest(regexp_extract_all(contract_applied, '{{ applied_amount }}', 2)) as amount,
        generate_subscripts(
            regexp_extract_all(contract_applied, '{{ applied_amount }}', 2), 1
        ) as place
    from divided
    where contract_applied is not null
),

amounts as (
    select
        charge_id,
        unnest([
            {%- for measure, amount in measures.items() %}
                {
                    'measure': '{{ measure }}',
                    'amount': cast({{ amount }} as {{ money_type() }}),
                    'units': {{ whole_units('abs(' ~ amount ~ ')', 10) }}
                }{{ ',' if not loop.last }}
            {%- endfor %}
        ], recursive := true)
    from divided
    union all by name
    select
        charge_id,
        'applied ' || lpad(cast(place as varchar), 3, '0') as measure,
        try_cast(amount as {{ money_type() }}) as amount,
        {{ whole_units('abs(try_cast(amount as ' ~ money_type() ~ '))', 10) }} as units
    from applied
),

floored as (
    select
        amounts.charge_id,
        amounts.measure,
        amounts.amount,
        amounts.units,
        allocations.part_id,
        allocations.ratio_units,
        {{ part_of_units('amounts.units', 'allocations.ratio_units', whole_ratio()) }}
            as floor_units,
        {{ rest_of_units('amounts.units', 'allocations.ratio_units', whole_ratio()) }} as rest,
        row_number() over (
            partition by amounts.charge_id, amounts.measure
            -- Of equal parts by what they are: a line's id may hold the name of its file.
            order by
                allocations.ratio_units desc, allocations.allocated_resource_id asc,
                allocations.evidence_key asc, allocations.feature asc, allocations.part_id asc
        ) as part_order
    from amounts
    inner join allocations on amounts.charge_id = allocations.charge_id
    where amounts.amount is not null
),

shared as (
    select
        *,
        {{ largest_remainder(
            'units', 'floor_units', 'rest', 'charge_id, measure', 'part_order asc'
        ) }} as part_units
    from floored
),

counted as (
    select
        *,
        measure in ('pricing_quantity', 'consumed_quantity') and part_units = 0 as is_nothing,
        count(*) filter (
            where measure in ('pricing_quantity', 'consumed_quantity') and part_units = 0
        ) over same_measure as nothings,
        max(part_units) filter (where part_order = 1) over same_measure as first_units
    from shared
    window same_measure as (partition by charge_id, measure)
),

-- FOCUS wants a quantity behind every use: the smallest there is where a part would have none,
-- which the first part then has less.
lifted as (
    select
        * replace (
            if(is_nothing and amount != 0 and first_units > nothings, 1, part_units) as part_units
        )
    from counted
),

rounded as (
    select
        charge_id,
        part_id,
        measure,
        part_order,
        amount,
        {{ decimal_of_units('part_units', 10, money_type(), sign_of='amount') }} as part_amount
    from lifted
),

exact as (
    select
        charge_id,
        part_id,
        measure,
        if(
            part_order = 1,
            part_amount + amount - sum(part_amount) over (partition by charge_id, measure),
            part_amount
        ) as part_amount
    from rounded
),

parts as (
    select
        charge_id,
        part_id,
        {%- for measure in measures %}
            max(part_amount) filter (where measure = '{{ measure }}') as {{ measure }},
        {%- endfor %}
        list({{ plain_number('part_amount') }} order by measure asc) filter (
            where starts_with(measure, 'applied')
        ) as applied_amounts
    from exact
    group by all
),

-- A part has the line's prices, so its list and contracted cost are its quantity times these.
repriced as (
    select
        parts.* replace (
            coalesce(
                {{ exact_product(
                    'divided.list_unit_price', 'cast(parts.pricing_quantity as decimal(38, 10))',
                    money_type()
                ) }}, parts.list_cost
            ) as list_cost,
            coalesce(
                {{ exact_product(
                    'divided.contracted_unit_price',
                    'cast(parts.pricing_quantity as decimal(38, 10))', money_type()
                ) }}, parts.contracted_cost
            ) as contracted_cost
        ),
        divided.billed_cost = divided.contracted_cost as is_billed_as_contracted,
        divided.effective_cost = divided.contracted_cost as is_effective_as_contracted,
        divided.pricing_currency_effective_cost = divided.effective_cost as is_one_currency
    from parts
    inner join divided on parts.charge_id = divided.charge_id
),

-- Costs that are the same for the line are the same for each part.
aligned as (
    select
        * replace (
            if(is_billed_as_contracted, contracted_cost, billed_cost) as billed_cost,
            if(is_effective_as_contracted, contracted_cost, effective_cost) as effective_cost,
            case
                when is_one_currency and is_effective_as_contracted then contracted_cost
                when is_one_currency then effective_cost
                else pricing_currency_effective_cost
            end as pricing_currency_effective_cost
        )
    from repriced
),

-- What a part has of its own is left out here.
shared_columns as (
    select
        * exclude (
            {{ measures.keys() | join(', ') }}, charge_id, evidence_key, feature,
            allocated_method_id,
            allocated_method_details, allocated_resource_id, allocated_resource_name,
            allocated_tags, contract_applied
        ),
        charge_id as line_id,
        evidence_key as line_evidence_key,
        feature as line_feature,
        {{ in_millions }} as in_millions,
        string_split(
            regexp_replace(contract_applied, '{{ applied_amount }}', '\1' || chr(31), 'g'), chr(31)
        ) as applied_texts
    from divided
),

priced as (
    select
        shared_columns.*,
        allocations.part_id as charge_id,
        coalesce(allocations.evidence_key, shared_columns.line_evidence_key) as evidence_key,
        if(
            allocations.evidence_key is null, shared_columns.line_feature, allocations.feature
        ) as feature,
        allocations.allocated_method_id,
        allocations.allocated_method_details,
        allocations.allocated_resource_id,
        allocations.allocated_resource_name,
        allocations.allocated_tags,
        if(
            len(coalesce(aligned.applied_amounts, [])) = len(shared_columns.applied_texts) - 1,
            array_to_string(
                list_transform(
                    list_zip(shared_columns.applied_texts, aligned.applied_amounts),
                    lambda piece: piece[1] || coalesce(piece[2], '') -- noqa: RF02
                ), ''
            ),
            null
        ) as contract_applied,
        aligned.billed_cost,
        aligned.effective_cost,
        aligned.list_cost,
        aligned.contracted_cost,
        aligned.pricing_currency_effective_cost,
        cast(aligned.pricing_quantity as {{ pricing_quantity_type() }}) as pricing_quantity,
        if(
            shared_columns.in_millions,
            {{ exact_product('aligned.consumed_quantity', '1000000', quantity_type()) }},
            cast(aligned.consumed_quantity as {{ quantity_type() }})
        ) as consumed_quantity,
        cast(
            aligned.commitment_discount_quantity as {{ pricing_quantity_type() }}
        ) as commitment_discount_quantity
    from shared_columns
    inner join allocations on shared_columns.line_id = allocations.charge_id
    inner join aligned
        on
            allocations.charge_id = aligned.charge_id
            and allocations.part_id = aligned.part_id
),

final as (
    select * exclude (line_id, line_evidence_key, line_feature, in_millions, applied_texts)
    from priced
)

select * from final -- noqa: AM04

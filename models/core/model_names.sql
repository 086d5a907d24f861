{{ config(materialized='table') }}

with usage as (
    select * from {{ ref('usage') }}
),

bill_lines as (
    select * from {{ ref('bill_lines') }}
),

services as (
    select * from {{ ref('services') }}
),

fallbacks as (
    select * from {{ ref('provider_fallbacks') }}
),

rules as (
    select * from {{ ref('model_matches') }}
),

names as (
    select
        service,
        model
    from usage
    where model is not null
    union
    select
        service,
        model
    from bill_lines
    where model is not null
),

-- A model is looked for at the service's own provider, then at those whose models it resells.
providers as (
    select
        service,
        price_provider,
        price_provider as asked_provider,
        0 as provider_order
    from services
    where price_provider is not null
    union all
    select
        services.service,
        services.price_provider,
        fallbacks.fallback_provider as asked_provider,
        fallbacks.fallback_order as provider_order
    from services
    inner join fallbacks on services.price_provider = fallbacks.provider
),

-- As the price package does: the lower-cased name, then once more with its date spelt out.
spellings as (
    select
        service,
        model,
        lower(model) as spelling,
        1 as spelling_order
    from names
    union
    select
        service,
        model,
        regexp_replace(lower(model), '-(\d{4})(\d{2})(\d{2})', '-\1-\2-\3') as spelling,
        2 as spelling_order
    from names
),

matches as (
    select
        spellings.service,
        spellings.model,
        providers.price_provider,
        rules.provider,
        rules.model_id,
        row_number() over (
            partition by spellings.service, spellings.model
            order by spellings.spelling_order, providers.provider_order, rules.rule_order
        ) as match_order
    from spellings
    inner join providers on spellings.service = providers.service
    inner join rules
        on
            providers.asked_provider = rules.provider
            and case rules.match_kind
                when 'equals' then spellings.spelling = rules.pattern
                when 'starts_with' then starts_with(spellings.spelling, rules.pattern)
                when 'ends_with' then ends_with(spellings.spelling, rules.pattern)
                when 'contains' then contains(spellings.spelling, rules.pattern)
                when 'regex' then regexp_matches(spellings.spelling, rules.pattern)
            end
),

final as (
    select
        names.service,
        names.model,
        matches.price_provider,
        matches.provider,
        matches.model_id
    from names
    left join matches
        on
            names.service = matches.service
            and names.model = matches.model
            and matches.match_order = 1
)

select * from final

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
    select
        *,
        string_split_regex(lower(concat_ws(' ', pattern, model_id)), '[^a-z0-9]+') as words
    from {{ ref('model_rules') }}
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

spellings as (
    {{ model_spellings('names') }}
),

found as (
    select
        spellings.service,
        spellings.model,
        spellings.name_tier,
        providers.price_provider,
        rules.provider,
        rules.model_id,
        rules.reason,
        -- A rule for all that begins with or holds some text is no rule for another model of that
        -- name: what makes one of it must stand in the rule, and no word may be cut in two.
        rules.match_kind = 'equals' or rules.model_id is null or (
            list_has_all(rules.words, spellings.marks)
            and (ends_with(rules.pattern, '-') or list_has_all(rules.words, spellings.sizes))
            and (
                rules.match_kind not in ('contains', 'ends_with')
                or regexp_matches(rules.pattern, '^([^a-z0-9]|aya-|moderation$)')
                or regexp_matches(
                    spellings.spelling, '(^|[^a-z0-9-])' || regexp_escape(rules.pattern)
                )
            )
        ) as is_same_model,
        spellings.spelling_order,
        providers.provider_order,
        rules.rule_order
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
    where spellings.problem is null
),

matches as (
    select
        *,
        row_number() over (
            partition by service, model
            order by
                is_same_model desc, spelling_order asc, provider_order asc, rule_order asc
        ) as match_order
    from found
),

known as (
    select * from matches
    where match_order = 1 and is_same_model and model_id is not null
),

problems as (
    select
        service,
        model,
        max(problem) as name_problem,
        bool_or(name_tier = 'free') as is_free
    from spellings
    group by all
),

final as (
    select
        names.service,
        names.model,
        known.price_provider,
        known.provider,
        known.model_id,
        if(problems.is_free, 'free', matches.name_tier) as name_tier,
        coalesce(
            problems.name_problem,
            matches.reason,
            if(matches.is_same_model, null, 'a variant that is not listed of ' || matches.model_id)
        ) as name_problem
    from names
    left join matches
        on
            names.service = matches.service
            and names.model = matches.model
            and matches.match_order = 1
    left join known
        on names.service = known.service and names.model = known.model
    left join problems
        on names.service = problems.service and names.model = problems.model
)

select * from final

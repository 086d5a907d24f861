-- Tag coverage: which share of each service's cost carries a tag, and which key is it?
-- Asked by: whoever runs chargeback, and the teams that forget their tags.
-- FOCUS use case: analyze tag coverage.
--
-- The key null is any tag at all. Only charges that can be tagged and cost something count: a
-- credit or a tax has no caller, and a share of a net amount can pass 1. An empty value is no tag,
-- and what ai_spend itself has found out (keys that begin with ai_spend:) is nobody's tag either.
-- Keys are compared as they are written, so that two spellings show. Shares are rounded to six
-- decimals.
with charges as (
    select * from {{ ref('focus_1_4__cost_and_usage') }}
    where "ChargeCategory" in ('Usage', 'Purchase') and "EffectiveCost" > 0
),

totals as (
    select
        "ServiceName",
        "BillingCurrency",
        sum("EffectiveCost") as effective_cost
    from charges
    group by "ServiceName", "BillingCurrency"
),

-- Aggregated first: tags repeat on thousands of rows, and JSON is dear to read.
tag_sets as (
    select
        "ServiceName",
        "BillingCurrency",
        "Tags",
        sum("EffectiveCost") as effective_cost
    from charges
    group by "ServiceName", "BillingCurrency", "Tags"
),

keyed as (
    select
        "ServiceName",
        "BillingCurrency",
        effective_cost,
        list_transform(
            list_filter(
                map_entries(json_transform("Tags", '"MAP(VARCHAR, VARCHAR)"')),
                lambda tag:
                coalesce(tag.value, '') != '' and not starts_with(tag.key, 'ai_spend:')
            ),
            lambda tag: tag.key
        ) as tag_keys
    from tag_sets
),

tagged as (
    select
        "ServiceName",
        "BillingCurrency",
        unnest(tag_keys) as tag_key,
        effective_cost
    from keyed
    union all
    select
        "ServiceName",
        "BillingCurrency",
        null as tag_key,
        if(len(tag_keys) > 0, effective_cost, 0) as effective_cost
    from keyed
),

final as (
    select
        totals."ServiceName",
        totals."BillingCurrency",
        tagged.tag_key,
        totals.effective_cost,
        sum(tagged.effective_cost) as tagged_cost,
        totals.effective_cost - sum(tagged.effective_cost) as untagged_cost,
        cast(
            sum(tagged.effective_cost) / totals.effective_cost as decimal(9, 6)
        ) as tagged_share
    from totals
    inner join tagged
        on
            totals."ServiceName" = tagged."ServiceName"
            and totals."BillingCurrency" = tagged."BillingCurrency"
    group by
        totals."ServiceName", totals."BillingCurrency", tagged.tag_key, totals.effective_cost
)

select * from final
order by effective_cost desc, "ServiceName" asc, tag_key asc nulls first

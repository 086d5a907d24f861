{{ config(materialized='table') }}

-- Sources are compared over the days on which the same of them are there, a month at most: day by
-- day, two that count the same use by different clocks would each win the days that suit them.
with logged_days as (
    select * from {{ ref('logged_days') }}
),

complements as (
    select * from {{ ref('complementary_datasets') }}
),

source_days as (
    select
        service,
        charge_kind,
        evidence_class,
        charge_month,
        charged_on,
        source_dataset,
        account_id,
        compared_account,
        evidence,
        evidence_rank,
        sum(tokens) as tokens,
        sum(all_tokens) as all_tokens
    from logged_days
    group by all
),

signed_days as (
    select
        service,
        charge_kind,
        evidence_class,
        charged_on,
        md5(string_agg(
            concat_ws(chr(31), source_dataset, account_id), chr(30)
            order by source_dataset, account_id
        )) as sources,
        bool_or(account_id is null) as has_unknown_account
    from source_days
    group by all
),

final as (
    select
        source_days.service,
        source_days.charge_kind,
        source_days.evidence_class,
        source_days.charge_month,
        signed_days.sources,
        source_days.source_dataset,
        source_days.account_id,
        source_days.compared_account,
        -- Where a source does not name its account, all of the service are one choice.
        if(signed_days.has_unknown_account, '', source_days.compared_account) as choice,
        source_days.evidence,
        source_days.evidence in ('gateway log', 'call log', 'trace', 'agent log') as is_log,
        source_days.evidence_rank,
        coalesce(complements.basis_group, source_days.source_dataset) as report,
        coalesce(complements.part, source_days.source_dataset) as part,
        concat_ws('/', source_days.source_dataset, source_days.account_id) as source_key,
        list(source_days.charged_on order by source_days.charged_on) as days, -- noqa: RF04
        sum(source_days.tokens) as tokens,
        sum(source_days.all_tokens) as all_tokens
    from source_days
    inner join signed_days
        on
            source_days.service = signed_days.service
            and source_days.charge_kind = signed_days.charge_kind
            and source_days.evidence_class = signed_days.evidence_class
            and source_days.charged_on = signed_days.charged_on
    left join complements on source_days.source_dataset = complements.source_dataset
    group by all
)

select * from final

{{ config(materialized='table') }}

with priced_usage as (
    select * from {{ ref('priced_usage') }}
),

priced_seats as (
    select * from {{ ref('priced_seats') }}
),

datasets as (
    select * from {{ ref('datasets') }}
),

used as (
    select
        source_dataset,
        service,
        account_id,
        'metered' as charge_kind,
        cast(started_at as date) as charged_on,
        coalesce(stated_currency, price_currency) as currency,
        -- The first row of each record: the others count no call.
        count(*) filter (where request_count is distinct from 0) as record_count,
        coalesce(
            sum(quantity) filter (where ends_with(meter, '_tokens') and is_billable), 0
        ) as tokens,
        coalesce(sum(quantity) filter (where ends_with(meter, '_tokens')), 0) as all_tokens,
        coalesce(
            sum(if(stated_currency is not null, stated_cost, contracted_cost)) filter (
                where is_billable
            ), 0
        ) as amount
    from priced_usage
    group by all
),

-- A report is about each day from its first to its last, used or not, and about those that its
-- file's name states.
report_files as (
    select
        priced_usage.source_dataset,
        priced_usage.service,
        priced_usage.account_id,
        priced_usage.source_file,
        min(cast(priced_usage.started_at as date)) as first_used,
        max(cast(priced_usage.started_at as date)) as last_used
    from priced_usage
    inner join datasets
        on
            priced_usage.source_dataset = datasets.source_dataset
            and datasets.evidence in ('bill', 'vendor usage report')
    group by all
),

report_days as (
    select
        source_dataset,
        service,
        account_id,
        if(
            {{ named_from('source_file') }} is null,
            first_used, least({{ named_from('source_file') }}, first_used)
        ) as first_day,
        if(
            {{ named_from('source_file') }} is null,
            last_used, greatest({{ named_until('source_file') }} - 1, last_used)
        ) as last_day
    from report_files
),

reported as (
    select distinct
        source_dataset,
        service,
        account_id,
        'metered' as charge_kind,
        cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as charged_on
    from report_days
),

seat_lists as (
    select
        source_dataset,
        service,
        account_id,
        month_start,
        currency,
        count(*) as record_count,
        coalesce(
            sum({{ exact_product('contracted_unit_price', 'pricing_quantity', money_type()) }}), 0
        ) as amount
    from priced_seats
    group by all
),

-- A list is about its whole month; its money stands on the first day.
listed as (
    select
        source_dataset,
        service,
        account_id,
        'seats' as charge_kind,
        cast(
            unnest(generate_series(month_start, last_day(month_start), interval 1 day)) as date
        ) as charged_on,
        currency,
        if(charged_on = month_start, record_count, 0) as record_count,
        0 as tokens,
        if(charged_on = month_start, amount, 0) as amount
    from seat_lists
),

stacked as (
    select * from used
    union all by name
    select * from reported
    union all by name
    select * from listed
),

final as (
    select
        stacked.source_dataset,
        stacked.service,
        stacked.account_id,
        {{ compared_account('stacked.account_id') }} as compared_account,
        stacked.charge_kind,
        stacked.charged_on,
        cast(date_trunc('month', stacked.charged_on) as date) as charge_month,
        stacked.currency,
        datasets.evidence,
        -- What the vendor charges, what was used, and mere signs of activity.
        case datasets.evidence when 'bill' then 1 when 'activity' then 3 else 2 end
            as evidence_class,
        {{ evidence_rank('datasets') }} as evidence_rank,
        cast(coalesce(stacked.record_count, 0) as bigint) as record_count,
        cast(coalesce(stacked.tokens, 0) as {{ quantity_type() }}) as tokens,
        cast(coalesce(stacked.all_tokens, 0) as {{ quantity_type() }}) as all_tokens,
        cast(coalesce(stacked.amount, 0) as {{ money_type() }}) as amount
    from stacked
    inner join datasets on stacked.source_dataset = datasets.source_dataset
)

select * from final

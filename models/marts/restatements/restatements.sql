{{ config(materialized='table') }}

with corrections as (
    select * from {{ ref('charge') }}
    where corrected_billing_month is not null
),

final as (
    select
        corrected_billing_month as closed_month,
        cast(billing_period_start as date) as booked_month,
        service,
        service_name,
        billing_account_id,
        billing_currency as currency,
        correction_cause as cause,
        x_source_dataset as source_dataset,
        count(*) filter (where correction_entry = 'reversal') as rows_reversed,
        count(*) filter (where correction_entry = 'rebooking') as rows_booked,
        sum(billed_cost) as billed_difference,
        sum(effective_cost) as effective_difference,
        sum(list_cost) as list_difference
    from corrections
    group by
        corrected_billing_month,
        billing_period_start,
        service,
        service_name,
        billing_account_id,
        billing_currency,
        correction_cause,
        x_source_dataset
)

select * from final

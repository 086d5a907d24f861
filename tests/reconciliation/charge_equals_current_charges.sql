-- Closing moves money between billing months and never changes it: per service, original billing
-- month and currency, what is booked (open months, frozen rows, corrections) is what the files of
-- today say. Costs, quantities and tokens, to the last digit.
{%- set measures = [
    'billed_cost', 'effective_cost', 'list_cost', 'contracted_cost', 'pricing_quantity',
    'consumed_quantity', 'x_input_tokens', 'x_cached_tokens', 'x_output_tokens',
] %}
with charges as (
    select
        service,
        coalesce(
            corrected_billing_month, date_trunc('month', billing_period_start)
        ) as billing_month,
        {%- for measure in measures %}
            coalesce(sum({{ measure }}), 0) as {{ measure }},
        {%- endfor %}
        billing_currency
    from {{ ref('charge') }}
    group by all
),

current_charges as (
    select
        service,
        date_trunc('month', billing_period_start) as billing_month,
        {%- for measure in measures %}
            coalesce(sum({{ measure }}), 0) as {{ measure }},
        {%- endfor %}
        billing_currency
    from {{ ref('current_charges') }}
    group by all
)

select
    coalesce(charges.service, current_charges.service) as service,
    coalesce(charges.billing_month, current_charges.billing_month) as billing_month,
    coalesce(charges.billing_currency, current_charges.billing_currency) as billing_currency,
    charges.billed_cost as billed_in_charge,
    current_charges.billed_cost as billed_in_current_charges
from charges
full outer join current_charges
    on
        charges.service = current_charges.service
        and charges.billing_month = current_charges.billing_month
        and charges.billing_currency = current_charges.billing_currency
where
    false
    {%- for measure in measures %}
        or coalesce(charges.{{ measure }}, 0) != coalesce(current_charges.{{ measure }}, 0)
    {%- endfor %}

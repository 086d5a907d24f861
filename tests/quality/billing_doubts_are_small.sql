-- Money that might have to be charged, per currency, against the var max_doubtful_amount.
select
    currency,
    sum(amount_at_stake) as doubtful_amount
from {{ ref('billing_doubts') }}
group by currency
{% if var('max_doubtful_amount') is not none -%}
    having sum(amount_at_stake) > cast('{{ var('max_doubtful_amount') }}' as {{ money_type() }})
{%- else -%}
    having false
{%- endif %}

-- What days without any source would cost, per currency, against the var max_gap_amount. Missing
-- pages have no amount: with the var set they fail a build by themselves.
select
    currency,
    sum(expected_amount) as gap_amount
from {{ ref('gaps') }}
group by currency
{% if var('max_gap_amount') is not none -%}
    having
        sum(expected_amount) > cast('{{ var('max_gap_amount') }}' as {{ money_type() }})
        or count(*) filter (where gap = 'pages missing') > 0
{%- else -%}
    having false
{%- endif %}

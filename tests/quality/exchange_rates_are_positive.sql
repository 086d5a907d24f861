-- A rate of 0 would make costs vanish, a negative one would make them income.
select
    from_currency,
    to_currency,
    valid_from,
    rate
from {{ ref('exchange_rates') }}
where rate <= 0

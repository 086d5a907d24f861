-- The codes that staging accepts are those of the seed.
with seed as (
    select currency_code from {{ ref('currency_codes') }}
),

accepted as (
    select unnest(string_split('{{ currency_codes() | join(',') }}', ',')) as currency_code
)

select coalesce(seed.currency_code, accepted.currency_code) as currency_code
from seed
full outer join accepted on seed.currency_code = accepted.currency_code
where seed.currency_code is null or accepted.currency_code is null

{{ config(severity='warn') }}
-- Rows of the company's registers that meet nothing, or contradict another row.
select
    register,
    line,
    row_key,
    problem,
    currency,
    amount
from {{ ref('register_matches') }}
where problem is not null
order by register, line

-- Most lines have nothing to do with a commitment: they are not written again.
with charge_lines as (
    select * from {{ ref('charge_lines') }}
),

commitment_draws as (
    select * from {{ ref('commitment_draws') }}
),

final as (
    select charge_lines.*
    from charge_lines
    anti join commitment_draws on charge_lines.charge_id = commitment_draws.charge_id
    union all by name
    select * from {{ ref('commitment_lines') }}
)

select * from final -- noqa: AM04

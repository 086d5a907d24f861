-- Each usage row, bill line and seat finds its row in charge_basis. An export that the seed
-- datasets does not list would otherwise lose its money without a word.
with facts as (
    select
        source_dataset,
        service,
        account_id,
        'usage' as charge_scope,
        started_at as charged_on
    from {{ ref('usage') }}
    union
    select
        source_dataset,
        service,
        account_id,
        charge_scope,
        period_start as charged_on
    from {{ ref('bill_lines') }}
    union
    select
        source_dataset,
        service,
        account_id,
        'usage' as charge_scope,
        billing_period_start as charged_on
    from {{ ref('focus_lines') }}
    union
    select
        source_dataset,
        service,
        account_id,
        'seat' as charge_scope,
        cast(month_start as timestamp) as charged_on
    from {{ ref('seats') }}
),

charge_basis as (
    select * from {{ ref('charge_basis') }}
)

select distinct
    facts.source_dataset,
    facts.service,
    facts.account_id,
    facts.charge_scope
from facts
left join charge_basis
    on {{ basis_condition('facts', 'facts.charge_scope', 'facts.charged_on') }}
where charge_basis.source_dataset is null

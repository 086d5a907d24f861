-- Each usage row, bill line and seat has its row in billing_source_days. An export that the seed
-- datasets does not list would otherwise lose its money without a word.
with facts as (
    select
        source_dataset,
        service,
        account_id,
        'metered' as charge_kind,
        started_at as charged_on
    from {{ ref('usage') }}
    union
    select
        source_dataset,
        service,
        account_id,
        {{ charge_kind('charge_scope', 'charge_category') }} as charge_kind,
        period_start as charged_on
    from {{ ref('bill_lines') }}
    union
    select
        source_dataset,
        service,
        account_id,
        {{ charge_kind('charge_scope', 'charge_category') }} as charge_kind,
        period_start as charged_on
    from {{ ref('focus_lines') }}
    union
    select
        source_dataset,
        service,
        account_id,
        'seats' as charge_kind,
        cast(month_start as timestamp) as charged_on
    from {{ ref('seats') }}
),

source_days as (
    select * from {{ ref('billing_source_days') }}
)

select distinct
    facts.source_dataset,
    facts.service,
    facts.account_id,
    facts.charge_kind
from facts
left join source_days
    on {{ source_day_condition('facts', 'facts.charge_kind', 'facts.charged_on', 'source_days') }}
where source_days.source_dataset is null

-- Totals of a cycle for which there are no usage events.
with spend as (
    select * from {{ ref('base_cursor__spend') }}
    where record_status = 'accepted' and amount is not null
),

final as (
    select
        concat_ws('/', source_dataset, account_folder, record_id) as bill_line_id,
        record_id,
        source_dataset,
        source_file,
        source_line,
        'cursor' as service,
        account_folder as account_id,
        user_id,
        'usage' as charge_scope,
        'Usage' as charge_category,
        'Cursor on-demand usage of a billing cycle' as charge_description,
        'on_demand_usage' as sku,
        amount as net_amount,
        currency,
        cycle_start as period_start,
        cycle_end as period_end
    from spend
)

{{ as_shape('bill_lines', 'final') }}

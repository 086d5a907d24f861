{#- Shape -> what identifies a row, and what is held against the records. -#}
{%- set shapes = {
    'usage': {
        'id': 'usage_id', 'tokens': "if(ends_with(meter, '_tokens'), quantity, 0)",
        'amount': 'stated_cost', 'currency': 'stated_currency',
    },
    'bill_lines': {
        'id': 'bill_line_id', 'tokens': "if(unit = 'Tokens', quantity, 0)",
        'amount': 'net_amount', 'currency': 'currency',
    },
    'focus_lines': {
        'id': 'focus_line_id', 'tokens': "if(unit = 'Tokens', quantity, 0)",
        'amount': 'billed_amount', 'currency': 'currency',
    },
    'seats': {'id': "concat_ws('/', seat_id, month_start)"},
    'seat_activity': {'id': 'activity_id'},
    'outcomes': {'id': 'outcome_id'},
} -%}


-- What the base models accept is what the shapes hold, for every dataset of every vendor: each
-- record in at least one shape, its tokens and its money to the last digit; and each row of a shape
-- has an id of its own.
with accepted as (
    select * from {{ ref('landing_records') }}
    where record_status = 'accepted'
),

delivered as (
    {%- for shape, columns in shapes.items() %}
        select
            '{{ shape }}' as shape,
            source_dataset,
            source_file,
            source_line,
            record_id,
            {{ columns.id }} as row_id,
            {{ columns.get('tokens', '0') }} as tokens,
            {{ columns.get('amount', '0') }} as amount,
            {{ columns.get('currency', 'cast(null as varchar)') }} as currency
        from {{ ref(shape) }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
),

repeated_ids as (
    select
        source_dataset,
        shape || ': ' || count(*) - count(distinct row_id) || ' rows without an id of their own'
            as fault
    from delivered
    group by source_dataset, shape
    having count(*) != count(distinct row_id)
),

accepted_records as (
    select
        source_dataset,
        count(*) as records,
        coalesce(sum(tokens), 0) as tokens
    from accepted
    group by source_dataset
),

-- A record that is both a use and a charge states its tokens once.
delivered_records as (
    select
        source_dataset,
        count(distinct concat_ws(chr(31), source_file, source_line, record_id)) as records,
        coalesce(
            sum(tokens) filter (where shape = 'usage'), sum(tokens), 0
        ) as tokens
    from delivered
    group by source_dataset
),

lost_records as (
    select
        coalesce(accepted_records.source_dataset, delivered_records.source_dataset)
            as source_dataset,
        coalesce(accepted_records.records, 0) || ' records accepted, '
        || coalesce(delivered_records.records, 0) || ' in the shapes; tokens '
        || coalesce(accepted_records.tokens, 0) || ' and '
        || coalesce(delivered_records.tokens, 0) as fault
    from accepted_records
    full outer join delivered_records
        on accepted_records.source_dataset = delivered_records.source_dataset
    where
        accepted_records.records is distinct from delivered_records.records
        or (
            accepted_records.tokens is distinct from delivered_records.tokens
            -- GitHub tells tokens beside the credits that it charges: nothing is priced by them.
            and accepted_records.source_dataset != 'github_copilot/billing_usage'
        )
),

accepted_money as (
    select
        source_dataset,
        currency,
        sum(amount) as amount
    from accepted
    where amount != 0
    group by source_dataset, currency
),

delivered_money as (
    select
        source_dataset,
        currency,
        sum(amount) as amount
    from delivered
    where amount != 0
    group by source_dataset, currency
),

lost_money as (
    select
        coalesce(accepted_money.source_dataset, delivered_money.source_dataset) as source_dataset,
        coalesce(accepted_money.amount, 0) || ' accepted, '
        || coalesce(delivered_money.amount, 0) || ' in the shapes, '
        || coalesce(accepted_money.currency, delivered_money.currency, 'no currency') as fault
    from accepted_money
    full outer join delivered_money
        on
            accepted_money.source_dataset = delivered_money.source_dataset
            and accepted_money.currency is not distinct from delivered_money.currency
    where accepted_money.amount is distinct from delivered_money.amount
)

select * from repeated_ids
union all
select * from lost_records
union all
select * from lost_money

{{ config(materialized='table') }}

with results as (
    select * from {{ ref('focus_rule_results') }}
    where verdict = 'violated by the provider'
),

charge_lines as (
    select * from {{ ref('charge_lines') }}
),

focus_lines as (
    select * from {{ ref('focus_lines') }}
),

rules as (
    select * from {{ ref('focus_rules') }}
    where check_kind != 'composite'
),

-- A composite has nothing to show besides its parts.
violated as (
    select results.*
    from results
    semi join rules
        on
            results.focus_version = rules.focus_version
            and results.dataset = rules.dataset
            and results.rule_id = rules.rule_id
),

-- By all the names that an example may have.
named as (
    select
        focus_lines.source_dataset,
        focus_lines.source_file,
        focus_lines.source_line,
        unnest([
            concat_ws(
                ' ',
                coalesce(charge_lines.sku_price_id, charge_lines.charge_category),
                charge_lines.charge_period_start
            ),
            charge_lines.commitment_discount_id,
            concat_ws(' ', charge_lines.invoice_id, charge_lines.invoice_detail_id)
        ]) as example
    from charge_lines
    inner join focus_lines on charge_lines.charge_id = focus_lines.focus_line_id
    where (select count(*) from violated) > 0
),

located as (
    select
        example,
        min_by(source_dataset, (source_file, source_line)) as source_dataset,
        min(source_file) as source_file,
        min_by(source_line, (source_file, source_line)) as source_line
    from named
    group by example
),

final as (
    select
        violated.focus_version,
        violated.dataset,
        violated.rule_id,
        violated.column_name,
        violated.keyword,
        violated.violations,
        violated.example,
        located.source_dataset,
        located.source_file,
        located.source_line
    from violated
    left join located on violated.example = located.example
)

select * from final

{{ config(materialized='table') }}

with current_charges as (
    select * from {{ ref('current_charges') }}
)

select * from current_charges

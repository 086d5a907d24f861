{{ config(severity='warn') }}

-- Columns or fields that no reader knows: the records count, but a vendor has added something. Look
-- whether it is money or tokens before trusting the totals.
select * from {{ ref('notices') }}

{#- Join condition: the invoice of the register that a bill's charge stands on, which is that of its
    issuer, account, month, class and currency. -#}
{% macro invoice_condition(charge) -%}
    {{ charge }}.cost_basis = 'Reported'
    and {{ charge }}.invoice_issuer_name = invoices.invoice_issuer_name
    and {{ charge }}.billing_account_id = invoices.billing_account_id
    and {{ charge }}.billing_month_start = invoices.billing_month
    and {{ charge }}.charge_class is not distinct from invoices.charge_class
    and {{ charge }}.currency = invoices.billing_currency
{%- endmacro %}

{#- The invoice's line that a charge belongs to, where the vendor's bill names none. -#}
{% macro invoice_line_name(charge) -%}
    concat_ws('/', {{ charge }}.billing_account_id, {{ charge }}.service_name, {{ charge }}.charge_category, {{ charge }}.charge_class)
{%- endmacro %}

{#- What a line is about. A bill is the source of the money in the kinds that it has lines for: a bill
    of seats says nothing of metered use. Taxes, credits and adjustments are about no use at all. -#}
{% macro charge_kind(charge_scope, charge_category) -%}
    case
        when coalesce({{ charge_category }}, 'Usage') not in ('Usage', 'Purchase') then 'adjustments'
        when {{ charge_scope }} = 'seat' then 'seats'
        when {{ charge_category }} = 'Purchase' then 'fees'
        else 'metered'
    end
{%- endmacro %}

{#- Join condition: the row of billing_source_days (or a part of it) that decides on a fact. `kind` and
    `moment` are SQL. -#}
{% macro source_day_condition(fact, kind, moment, days) -%}
    {{ fact }}.source_dataset = {{ days }}.source_dataset
    and {{ fact }}.service = {{ days }}.service
    and {{ fact }}.account_id is not distinct from {{ days }}.account_id
    and {{ kind }} = {{ days }}.charge_kind
    and cast({{ moment }} as date) = {{ days }}.charged_on
{%- endmacro %}

{#- Whether two sources may be about the same account: an account that is not named may be any. -#}
{% macro may_be_same_account(one, other) -%}
    coalesce({{ one }}.compared_account = {{ other }}.compared_account, true)
{%- endmacro %}

{#- The account by which sources are compared: the company's spelling of it (account_aliases), in lower
    case, for no vendor has two accounts that differ only in it. -#}
{% macro compared_account(account_id) -%}
    lower({{ account_id }})
{%- endmacro %}

{#- An amount divided by a whole number, cut to 10 decimals: for comparisons, never for a charge. -#}
{% macro whole_part(amount, divisor) -%}
    {{ decimal_of_units(
        whole_units('abs(' ~ amount ~ ')', 10) ~ ' // (' ~ divisor ~ ')', 10, money_type(),
        sign_of=amount
    ) }}
{%- endmacro %}

{#- The days that a file's name states and that were over when it was exported, as a half-open range: its
    first day, and the first day after the last; null where the name states none, or no day of export. -#}
{% macro named_from(source_file) -%}
    if({{ exported_on(source_file) }} is not null, ({{ file_days(source_file) }})[1], null)
{%- endmacro %}

{% macro named_until(source_file) -%}
    if(
        {{ exported_on(source_file) }} > ({{ file_days(source_file) }})[-1],
        ({{ file_days(source_file) }})[-1] + 1,
        {{ exported_on(source_file) }}
    )
{%- endmacro %}

{#- The day on which a file was exported, where its name says so. -#}
{% macro exported_on(source_file) -%}
    try_cast(
        regexp_extract({{ source_file }}, '(exported|pulled)[_-]?(20\d\d-\d\d-\d\d)', 2) as date
    )
{%- endmacro %}

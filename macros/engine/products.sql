{#- The one place where decimals are multiplied. DuckDB gives the product of two decimals of at most
    18 digits no more than 18 digits and fails when they do not hold it (270.00000000 x 0.50000000
    is too much), so the product is computed in 38 digits and then rounded half up to `type`. Null
    when a factor is null or `type` cannot hold the product: docs/decisions.md says where that is.
    `try` knows no column that the same select names; bounded=true leaves it out, for factors whose
    types leave their product within 38 digits. -#}
{% macro exact_product(left, right, type, bounded=false) -%}
    {{ return(adapter.dispatch('exact_product')(left, right, type, bounded)) }}
{%- endmacro %}

{% macro default__exact_product(left, right, type, bounded=false) -%}
    {{ exceptions.raise_compiler_error('exact_product is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__exact_product(left, right, type, bounded=false) -%}
    {%- set product = 'cast(1 as decimal(19, 0)) * (' ~ left ~ ') * (' ~ right ~ ')' -%}
    {%- if bounded -%}
        try_cast({{ product }} as {{ type }})
    {%- else -%}
        try(cast({{ product }} as {{ type }}))
    {%- endif -%}
{%- endmacro %}

{#- A non-negative amount in whole units of 10^-digits, rounded down, as an integer. In two steps, for
    a large amount times 10^digits has more digits than a decimal can hold. -#}
{% macro whole_units(amount, digits) -%}
    (
        cast(floor({{ amount }}) as hugeint) * {{ 10 ** digits }}
        + cast(floor(({{ amount }} - floor({{ amount }})) * {{ 10 ** digits }}) as hugeint)
    )
{%- endmacro %}

{#- Whole units of 10^-digits as a decimal again: 12345 units of 4 digits are 1.2345. With the sign of
    the amount that was counted without it. -#}
{% macro decimal_of_units(units, digits, type, sign_of=none) -%}
    cast(
        {% if sign_of %}sign({{ sign_of }}) * {% endif -%}
        cast({{ units }} as decimal(38, 0)) * {{ '0.' ~ '0' * (digits - 1) ~ '1' }} as {{ type }}
    )
{%- endmacro %}

{#- Whole units times weight over all weights, rounded down: integers of 0 or more, weight at most
    weights. The product itself may have more digits than an integer can hold, so where it might, the
    whole multiples of the weights are divided first; that is exact. Only where even that is too much
    (10^38), the weights lose their last digits, which shifts a share by less than one in 10^12 and
    leaves no sum short, for what rounding down leaves is given out afterwards. -#}
{% macro part_of_units(units, weight, weights) -%}
    {%- set scale = scale_of_weights(units, weights) -%}
    case
        when {{ holds_product(units, weights) }}
            then ({{ units }}) * cast({{ weight }} as hugeint) // cast({{ weights }} as hugeint)
        else
            ({{ units }}) // {{ scaled(weights, scale) }} * {{ scaled(weight, scale) }}
            + ({{ units }}) % {{ scaled(weights, scale) }} * {{ scaled(weight, scale) }}
            // {{ scaled(weights, scale) }}
    end
{%- endmacro %}

{#- What part_of_units has rounded away, in the same unit for all parts of a whole. -#}
{% macro rest_of_units(units, weight, weights) -%}
    {%- set scale = scale_of_weights(units, weights) -%}
    case
        when {{ holds_product(units, weights) }}
            then ({{ units }}) * cast({{ weight }} as hugeint) % cast({{ weights }} as hugeint)
        else
            ({{ units }}) % {{ scaled(weights, scale) }} * {{ scaled(weight, scale) }}
            % {{ scaled(weights, scale) }}
    end
{%- endmacro %}

{#- Nearly always: two integers of at most 19 digits, whose product an integer holds. Dividing whole
    numbers of 128 bits is the dearest there is in DuckDB (half a microsecond), so it is done once. -#}
{% macro holds_product(units, weights) -%}
    ({{ units }}) < 10000000000000000000 and {{ weights }} < 10000000000000000000
{%- endmacro %}

{#- How many of the weights' units are taken for one. Ratios are small enough as they are. -#}
{% macro scale_of_weights(units, weights) -%}
    {%- if weights != whole_ratio() -%}
        (
            1 + cast({{ weights }} as hugeint)
            // (
                100000000000000000000000000000000000000
                // greatest(least(cast({{ units }} as hugeint), {{ weights }}), 1)
            )
        )
    {%- endif -%}
{%- endmacro %}

{% macro scaled(number, scale) -%}
    {%- if scale -%}
        (cast({{ number }} as hugeint) // {{ scale }})
    {%- else -%}
        cast({{ number }} as hugeint)
    {%- endif -%}
{%- endmacro %}

{#- The whole of a charge in the units of its parts' ratios: 12 digits after the point. -#}
{% macro whole_ratio() %}1000000000000{% endmacro %}

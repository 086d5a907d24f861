{#- A vendor's word for the service tier in ours; nothing said is standard. -#}
{% macro service_tier(tier) -%}
    case
        when lower(trim({{ tier }})) in ('default', 'auto', 'standard', 'on_demand', 'standard_only') then 'standard'
        else coalesce(lower(nullif(trim({{ tier }}), '')), 'standard')
    end
{%- endmacro %}

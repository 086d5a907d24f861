{#- Anthropic's words in ours, the same in its reports and responses. -#}

{#- A null workspace is the default workspace, where the report breaks workspaces out at all. -#}
{% macro anthropic_workspace_id(workspace, is_broken_out) -%}
    coalesce(nullif({{ workspace }}, ''), if({{ is_broken_out }}, 'default', null))
{%- endmacro %}

{% macro anthropic_workspace_name(workspace, is_broken_out) -%}
    if(nullif({{ workspace }}, '') is null and {{ is_broken_out }}, 'Default workspace', null)
{%- endmacro %}

{#- The lowest number of input tokens of a context band such as '200k-1M'. -#}
{% macro anthropic_context_floor(band) -%}
    case lower({{ band }})
        when '0-200k' then 0
        when '200k-1m' then 200001
    end
{%- endmacro %}

{#- Where inference had to stay, when that is priced apart. -#}
{% macro anthropic_geo(geo) -%}
    if(lower({{ geo }}) in ('', 'global', 'not_available'), null, lower({{ geo }}))
{%- endmacro %}

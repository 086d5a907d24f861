{#- What the local logs of coding assistants have in common. -#}

{#- How an assistant's use is paid, by the var coding_agent_billing: true when each token is billed.
    The var is one word for all assistants, or a word for each of them. -#}
{% macro is_billed_per_token(agent) -%}
    {%- set billing = var('coding_agent_billing') -%}
    {%- if billing is mapping -%}
        {%- set billing = billing.get(agent, 'subscription') -%}
    {%- endif -%}
    {%- if billing not in ('subscription', 'api') -%}
        {{ exceptions.raise_compiler_error(
            "coding_agent_billing is '" ~ billing ~ "': it must be subscription or api, or such a word for each assistant"
        ) }}
    {%- endif -%}
    {{ 'true' if billing == 'api' else 'false' }}
{%- endmacro %}

{#- Whose machine a log comes from: the first folder below the dataset that is no account's, as a
    pseudonym. Folders that the assistants make themselves (sessions, a year, a project) name
    nobody. -#}
{% macro developer_of(folder) -%}
    {%- set machine = "split_part(regexp_replace(" ~ folder ~ ", '(?i)^(account=[^/]*/?)+', ''), '/', 1)" -%}
    case
        when not regexp_full_match(
            {{ machine }},
            '|projects|sessions|archived_sessions|tmp|chats|subagents|[0-9]{4}|-.*|[0-9a-f]{16,64}'
            || '|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
        )
            then {{ pseudonym(machine) }}
    end
{%- endmacro %}

{#- Name of a project by its path: the last folder, unless it is a home folder or repeats the name of
    the person whose home it lies in; then a pseudonym of the whole path. -#}
{% macro project_of(path) -%}
    {%- set folder = "regexp_extract(" ~ path ~ ", '([^/\\\\]+)[/\\\\]*$', 1)" -%}
    {%- set owner = "regexp_extract(" ~ path ~ ", '(?i)[/\\\\](?:home|users)[/\\\\]([^/\\\\]+)', 1)" -%}
    case
        when coalesce({{ folder }}, '') = '' then null
        when
            lower({{ folder }}) in ('root', 'home', 'users')
            or contains({{ folder }}, '@')
            or ({{ owner }} != '' and contains(lower({{ folder }}), lower({{ owner }})))
            then {{ pseudonym(path) }}
        else {{ folder }}
    end
{%- endmacro %}

{#- A view is replaced in place, by one statement. dbt's own way builds it under another name, renames
    twice and drops what was there, for each of some hundred and fifty views. DuckDB replaces a view in a transaction, so that a view that
    cannot be made leaves the old one where it was. -#}
{% materialization view, adapter='duckdb' %}

  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing_relation = load_cached_relation(this) -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {#- What was a table in another version of the project is none any more. -#}
  {%- if existing_relation is not none and not existing_relation.is_view -%}
    {{ drop_relation_if_exists(existing_relation) }}
  {%- endif -%}

  {% call statement('main') -%}
    {{ get_create_view_as_sql(target_relation, sql) | replace('create view ', 'create or replace view ', 1) }}
  {%- endcall %}

  {% do persist_docs(target_relation, model) %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [target_relation]}) }}

{% endmaterialization %}

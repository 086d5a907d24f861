{{ project_focus('invoice_lines') }}

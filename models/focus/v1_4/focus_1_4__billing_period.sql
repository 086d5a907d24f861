{{ project_focus('billing_periods') }}

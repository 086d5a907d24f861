from ai_spend.cli import main

main()

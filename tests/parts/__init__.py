"""The real things the tests are made with: clients, browser, mail server, the running product."""

"""The types of the columns that are asked about, and of what is made of columns."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Integer, SmallInteger, SQLColumnExpression, Text

Expression = SQLColumnExpression[Any]

ID_TYPE, TEXT_TYPE, INT_TYPE, DATE_TYPE = BigInteger(), Text(), Integer(), Date()
INSTANT_TYPE, CODE_TYPE, BOOLEAN_TYPE = BigInteger(), SmallInteger(), Boolean()

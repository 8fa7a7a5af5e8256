"""The types of the columns that are asked about."""

from sqlalchemy import BigInteger, Boolean, Date, Integer, SmallInteger, Text

ID_TYPE, TEXT_TYPE, INT_TYPE, DATE_TYPE = BigInteger(), Text(), Integer(), Date()
INSTANT_TYPE, CODE_TYPE, BOOLEAN_TYPE = BigInteger(), SmallInteger(), Boolean()

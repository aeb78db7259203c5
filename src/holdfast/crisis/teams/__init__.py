"""The bodies of the day: convened, who is called and answers, who is there and stands in, chair, quorum, venue."""

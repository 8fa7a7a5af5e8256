import { render } from "preact";
import { App } from "./App.js";
import "./style.css";

const page = document.getElementById("page");
if (page) render(<App />, page);
